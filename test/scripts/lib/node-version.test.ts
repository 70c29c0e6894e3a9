import { describe, expect, it } from 'vitest'
import { checkNodeVersion } from '../../../scripts/lib/node-version.mjs'

describe('the version of Node', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('%s will do', (version) => {
    expect(() => checkNodeVersion(version)).not.toThrow()
  })

  it.each(['18.20.4', '20.18.3'])('%s is refused with what to do', (version) => {
    expect(() => checkNodeVersion(version)).toThrow(
      `Outpost needs Node 20.19 or newer and this is Node ${version}: install a newer one`,
    )
  })
})
