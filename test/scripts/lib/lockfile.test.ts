import { describe, expect, it } from 'vitest'
import { completeLockfile } from '../../../scripts/lib/lockfile.mjs'

const bundler = {
  version: '4.0.0',
  dev: true,
  optionalDependencies: {
    '@bundler/linux-x64-gnu': '4.0.0',
    '@bundler/linux-x64-musl': '4.0.0',
    '@bundler/darwin-arm64': '4.0.0',
  },
}
const present = { version: '4.0.0', dev: true, optional: true, os: ['linux'], cpu: ['x64'], libc: ['glibc'] }
const lockfile = (packages: Record<string, unknown>) => JSON.stringify({ lockfileVersion: 3, packages }, null, 2)

describe('completing package-lock.json', () => {
  it('adds the optional packages of other platforms that npm left out', () => {
    const packages = { '': {}, 'node_modules/@bundler/linux-x64-gnu': present, 'node_modules/bundler': bundler }
    const { text, added } = completeLockfile(lockfile(packages))
    expect(added).toEqual(['@bundler/linux-x64-musl', '@bundler/darwin-arm64'])
    expect(JSON.parse(text)).toEqual({
      lockfileVersion: 3,
      packages: {
        ...packages,
        'node_modules/@bundler/darwin-arm64': {
          version: '4.0.0',
          dev: true,
          optional: true,
          os: ['darwin'],
          cpu: ['arm64'],
        },
        'node_modules/@bundler/linux-x64-musl': { ...present, libc: ['musl'] },
      },
    })
    expect(completeLockfile(text)).toEqual({ text, added: [] })
  })

  it('finds what is installed beside the package, or further out', () => {
    const text = lockfile({
      'node_modules/a': {},
      'node_modules/a/node_modules/b': { optionalDependencies: { c: '1.0.0', d: '1.0.0', e: '1.0.0' } },
      'node_modules/a/node_modules/b/node_modules/c': {},
      'node_modules/a/node_modules/d': {},
      'node_modules/e': {},
    })
    expect(completeLockfile(text)).toEqual({ text, added: [] })
  })

  it('does not guess what a package is for', () => {
    const text = lockfile({ 'node_modules/a': { optionalDependencies: { fsevents: '~2.3.2' } } })
    expect(() => completeLockfile(text)).toThrow('package-lock.json lacks the optional package fsevents@~2.3.2')
  })
})
