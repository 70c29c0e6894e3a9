/** Stores that go back to an older copy, PCs that are there twice, and what people at headquarters do about their own store. */
import fc from 'fast-check'
import { TombstonePurge } from '../../cloud-node/purge-tombstones.ts'
import { command, picked, type Command } from './command.ts'
import type { SimulatedWorld } from './simulated-world.ts'

const branch = fc.nat(7)
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }
/** More PCs of one branch than this nobody starts. */
const MOST_PCS = 3

export const restoring: fc.Arbitrary<Command>[] = [
  command('back-up', fc.record({ branch }), async (world, { branch: of }) => {
    const at = world.branch(of)
    await world.step(at, () => world.backUp(at))
  }),
  command('restore', fc.record({ branch }), async (world, { branch: of }) => {
    const at = world.branch(of)
    await world.step(at, () => (world.chain.hasCopy(at) ? world.restore(at) : undefined))
  }),
  command('clone', fc.record({ branch }), async (world, { branch: of }) => {
    const at = world.branch(of)
    await world.step(at, () => (world.chain.pcsOf(at.id).length < MOST_PCS ? world.clone(at) : undefined))
  }),
  command('hq-keep', fc.record({ branch, pc: fc.nat(5) }), async (world, { branch: of, pc }) => {
    const { id } = world.branch(of)
    await world.step(undefined, () => keepOne(world, id, pc))
  }),
  command('hq-back-up', fc.constant({}), async (world) => {
    await world.step(undefined, () => world.backUpCloud())
  }),
  command('hq-restore', fc.constant({}), async (world) => {
    await world.step(undefined, () => (world.chain.hasCloudCopy() ? world.restoreCloud() : undefined))
  }),
  command('hq-end-recovery', fc.constant({}), async (world) => {
    await world.step(undefined, () => world.chain.endRecovery())
  }),
  command('hq-resnapshot', fc.record({ branch }), async (world, { branch: of }) => {
    const { id } = world.branch(of)
    const { cloud, registry } = world.chain
    await world.step(undefined, () => cloud.replica.store.transaction('api', () => registry.askForSnapshot(id)))
  }),
  command('hq-purge', fc.constant({}), async (world) => {
    const { cloud, registry } = world.chain
    const purge = new TombstonePurge({ cloud, registry, mirroredUpTo: () => Number.POSITIVE_INFINITY, log: SILENT })
    await world.step(undefined, () => purge.run())
  }),
]

/** A person says which PC is the branch, where two have been heard. */
async function keepOne({ chain }: SimulatedWorld, id: string, pick: number): Promise<void> {
  const { links } = chain.cloud
  if (!links.isSuspected(id)) return
  const heard = new Set(links.starts(id).map(({ epoch }) => epoch))
  const kept = picked(
    chain.pcsOf(id).filter((at) => heard.has(at.branch.replica.store.epoch)),
    pick,
  )
  if (!kept) return
  chain.keep(kept)
  for (const other of chain.pcsOf(id)) if (other !== kept) await chain.switchOff(other)
}

function nothing(): void {
  // The simulation reads the stores, not the log.
}
