/** A simulated chain whose one branch is north, in a folder of its own. */
import { temporaryFolder } from './node-process.ts'
import { SimulatedChain, type SimulatedBranch } from './simulated-chain.ts'

export interface NorthernChain {
  readonly chain: SimulatedChain
  readonly north: SimulatedBranch
  readonly close: () => void
}

export function openNorthernChain(): NorthernChain {
  const folder = temporaryFolder()
  const chain = new SimulatedChain(folder.path, ['north'])
  const close = () => {
    chain.close()
    folder.remove()
  }
  return { chain, north: chain.branches[0]!, close }
}
