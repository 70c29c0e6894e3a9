import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { branchConfigSchema } from '../../../adapters/config/branch-config.ts'
import { cloudConfigSchema } from '../../../adapters/config/cloud-config.ts'
import { readConfig } from '../../../adapters/config/config-file.ts'
import { OutpostError } from '../../../schemas/outpost-error.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(() => folder.remove())

function write(name: string, text: string, mode = 0o600): string {
  const file = join(folder.path, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

const read = () => readConfig(folder.path, cloudConfigSchema)

function refusal(): OutpostError {
  try {
    read()
  } catch (error) {
    expect(error).toBeInstanceOf(OutpostError)
    return error as OutpostError
  }
  throw new Error('the file was taken')
}

describe('the configuration file of a node', () => {
  it('need not be there', () => {
    expect(read()).toEqual({})
    expect(readConfig(join(folder.path, 'none'), cloudConfigSchema)).toEqual({})
  })

  it('names files and folders from where it stands itself', () => {
    mkdirSync(join(folder.path, 'tls'))
    write('tls/chain.pem', '')
    write('tls/key.pem', '')
    const elsewhere = write('collections.mjs', '')
    write(
      'outpost.yaml',
      `tls: {certificate: tls/chain.pem, key: ./tls/key.pem}\ncollections: ${elsewhere}\nbackup: {folder: ../copies}`,
    )
    expect(read()).toEqual({
      tls: { certificate: join(folder.path, 'tls/chain.pem'), key: join(folder.path, 'tls/key.pem') },
      collections: elsewhere,
      backup: { folder: join(folder.path, '../copies') },
    })
  })

  it.each([0o640, 0o604, 0o620, 0o644, 0o660, 0o777])('is refused where its mode is %o', (mode) => {
    const file = write('outpost.yaml', 'port: 7700', mode)
    expect(refusal()).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'outpost.yaml' })
    expect(refusal().message).toContain(`${file} has mode ${mode.toString(8)}`)
    expect(refusal().message).toContain('chmod 600')
    chmodSync(file, 0o600)
    expect(read()).toEqual({ port: 7700 })
    chmodSync(file, 0o400)
    expect(read()).toEqual({ port: 7700 })
  })

  it('is judged by the file that it is a link to', () => {
    const file = write('real.yaml', 'port: 7700', 0o644)
    symlinkSync(file, join(folder.path, 'outpost.yaml'))
    expect(refusal().message).toContain('has mode 644')
    chmodSync(file, 0o600)
    expect(read()).toEqual({ port: 7700 })
  })

  it('is refused where it is a folder', () => {
    mkdirSync(join(folder.path, 'outpost.yaml'))
    expect(refusal()).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'outpost.yaml' })
  })

  it('is refused with file, line, key and what is allowed, the first mistake first', () => {
    const file = write('outpost.yaml', 'port: 7700\nadress: 127.0.0.1\nlog: loud\n')
    expect(refusal()).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'adress' })
    expect(refusal().message.split('\n')).toEqual([
      expect.stringMatching(`^${file}, line 2: adress is no known key: did you mean address\\?`),
      `${file}, line 3: log takes one of debug, info, warn, error, silent, and not this text`,
    ])
    write('outpost.yaml', 'port: 7700\nlog: [')
    expect(refusal().message).toMatch(`${file}, line 2: the file is no YAML here: `)
  })

  it("is not picked to pieces where it is the other side's", () => {
    const data = folder.path
    write('outpost.yaml', 'cloud: https://hq.example.com\nbatch: 50\n')
    expect(refusal()).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'data' })
    expect(refusal().message).toBe(`${data} is the data folder of a branch: name that of headquarters with --data`)
    write('outpost.yaml', 'country: CN\ncurrency: CNY\n')
    expect(() => readConfig(data, branchConfigSchema)).toThrow(
      `${data} is the data folder of headquarters: name that of a branch with --data`,
    )
    write('outpost.yaml', 'port: 7700\nbatch: 50\n')
    expect(refusal().message).toContain('batch is no known key')
  })

  it('is refused where a file that it names is not there, or a secret one is open to others', () => {
    const file = write('outpost.yaml', 'tls:\n  certificate: chain.pem\n  key: key.pem\n')
    const key = join(folder.path, 'key.pem')
    write('chain.pem', '', 0o644)
    expect(refusal()).toMatchObject({ code: 'BAD_CONFIGURATION', field: 'tls.key' })
    expect(refusal().message).toBe(
      `${file}, line 3: tls.key takes a PEM file that only its owner may read (mode 600): ${key} is not there`,
    )
    write('key.pem', '', 0o644)
    expect(refusal().message).toContain(`${key} has mode 644`)
    chmodSync(key, 0o600)
    expect(read().tls?.key).toBe(key)
    write('outpost.yaml', 'mysql: {urlFile: .}')
    expect(refusal().message).toContain('is no file')
    write('outpost.yaml', 'mirrors:\n  - chain.pem\n  - none.yaml\n')
    expect(refusal().message).toBe(
      `${file}, line 3: mirrors takes a list of files such as [reporting.yaml]: ${join(folder.path, 'none.yaml')} is not there`,
    )
    write('outpost.yaml', 'mirrors: [chain.pem]')
    expect(read().mirrors).toEqual([join(folder.path, 'chain.pem')])
  })
})
