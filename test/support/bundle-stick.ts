/** A stick that carries bundles between the branches and the headquarters of a simulated chain. */
import { createPublicKey } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BranchBundles } from '../../adapters/bundle/branch-bundles.ts'
import { openBundleKeys } from '../../adapters/bundle/bundle-keys.ts'
import { CloudBundles } from '../../adapters/bundle/cloud-bundles.ts'
import type { BundleExport, BundleImport } from '../../schemas/protocol/bundle.ts'
import { CLOUD_SIGNING_KEY, type SimulatedBranch, type SimulatedChain } from './simulated-chain.ts'

const CLOUD_KEY = createPublicKey(CLOUD_SIGNING_KEY).export({ format: 'der', type: 'spki' }).toString('base64url')

export class BundleStick {
  readonly #chain: SimulatedChain
  #files = 0

  /** Call `introduce` before bundles are made. */
  constructor(chain: SimulatedChain) {
    this.#chain = chain
  }

  /** Every branch and headquarters have heard of each other's keys, as after the first cycle of a real node. */
  async introduce(): Promise<void> {
    await openBundleKeys(this.#chain.cloud.replica.store)
    for (const { branch, cycle } of this.#chain.branches) {
      await openBundleKeys(branch.replica.store)
      await cycle.run()
    }
  }

  /** The branch's end as it is now: restarts and restores replace it. */
  at({ branch }: SimulatedBranch): BranchBundles {
    return new BranchBundles({ branch, cloudKey: CLOUD_KEY, onOverdraft: () => undefined, batchSize: 5 })
  }

  get headquarters(): CloudBundles {
    const { cloud, registry } = this.#chain
    const signing = { key: CLOUD_SIGNING_KEY, publicKey: CLOUD_KEY }
    return new CloudBundles({ cloud, branches: registry, signing, pageSize: 5 })
  }

  /** A folder that nothing is in yet. */
  folder(): string {
    this.#files += 1
    const folder = join(this.#chain.folder, `stick-${this.#files}`)
    mkdirSync(folder)
    return folder
  }

  toHeadquarters(from: SimulatedBranch): Promise<BundleExport> {
    return this.at(from).exportBundle(this.folder())
  }

  /** @returns what headquarters took, and the file with its answer */
  async answer({ file }: { file: string }): Promise<BundleImport & { answer: BundleExport }> {
    const taken = await this.headquarters.importBundle(file, { to: this.folder() })
    if (!taken.answer) throw new Error(`${file} was ${taken.state}, not answered`)
    return { ...taken, answer: taken.answer }
  }

  /** There and back again. @returns what the branch took */
  async round(branch: SimulatedBranch): Promise<BundleImport> {
    const { answer } = await this.answer(await this.toHeadquarters(branch))
    return this.at(branch).importBundle(answer.file)
  }
}
