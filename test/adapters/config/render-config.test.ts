import { existsSync, readFileSync, statSync, mkdirSync, writeFileSync, chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { branchConfigSchema } from '../../../adapters/config/branch-config.ts'
import { cloudConfigSchema } from '../../../adapters/config/cloud-config.ts'
import { readConfig } from '../../../adapters/config/config-file.ts'
import { parseConfig } from '../../../adapters/config/parse-config.ts'
import { changeConfig, renderConfig, type ConfigValues } from '../../../adapters/config/render-config.ts'
import { prepareConfig } from '../../../adapters/config/write-config.ts'
import { temporaryFolder } from '../../support/node-process.ts'

let folder: { path: string; remove: () => void }

beforeEach(() => {
  folder = temporaryFolder()
})

afterEach(() => folder.remove())

const SCHEMAS = [
  ['headquarters', cloudConfigSchema],
  ['a branch', branchConfigSchema],
] as const

function valuesOf(text: string, schema: z.ZodObject): unknown {
  const parsed = parseConfig(text, schema)
  if ('values' in parsed) return parsed.values
  throw new Error(JSON.stringify(parsed.mistakes))
}

const write = (schema: z.ZodObject, values: ConfigValues = {}, off: string[] = []) =>
  renderConfig(schema, { about: 'A configuration.', values, off })

/** Every setting that is off turned on, by taking away the `#` that has no blank after it, or two. */
const turnedOn = (text: string) => text.replace(/^( *)#(?=\w|  )/gm, '$1')

/** Taken from the schema itself: `tls.key` as `key` under `tls`. */
function pathsOf(schema: z.ZodObject): string[] {
  return Object.entries(schema.shape).flatMap(([name, one]) => {
    const inner = (one as z.ZodOptional).unwrap() as z.ZodType
    const keys = 'shape' in inner ? Object.keys(inner.shape as object).map((key) => `${name}.${key}`) : []
    return [name, ...keys]
  })
}

function pathsIn(values: object): string[] {
  return Object.entries(values).flatMap(([name, value]) => [
    name,
    ...(typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value as object).map((key) => `${name}.${key}`)
      : []),
  ])
}

describe.each(SCHEMAS)('the file that is written for %s', (_, schema) => {
  it('has every key of the schema, each with a word on what it does', () => {
    const text = write(schema)
    expect(pathsIn(valuesOf(turnedOn(text), schema) as object).toSorted()).toEqual(pathsOf(schema).toSorted())
    const lines = text.split('\n')
    const settings = lines.flatMap((line, at) => (/^ *#? *\w+:/.test(line) && !/^ *# \w/.test(line) ? [at] : []))
    expect(settings).toHaveLength(pathsOf(schema).length)
    for (const at of settings)
      expect([lines[at], lines[at - 1]]).toEqual([lines[at], expect.stringMatching(/^ *#? *# \S/)])
    for (const line of lines) expect(line.length).toBeLessThan(100)
  })

  it('is taken as it stands, and again when all its examples are turned on', () => {
    const written = valuesOf(write(schema), schema) as object
    expect(valuesOf(turnedOn(write(schema)), schema)).toMatchObject(written)
    expect(written).toMatchObject({ log: 'warn', backup: { folder: 'backups', hour: 3 }, insecureHttp: false })
  })
})

describe('a written file', () => {
  it('says exactly what was asked beside the defaults, whatever has to be quoted for it', () => {
    const defaults = valuesOf(write(cloudConfigSchema), cloudConfigSchema) as object
    const asked = {
      port: 0,
      names: ['hq.example.com', '::1'],
      country: 'NO',
      tls: { certificate: '/a b/#1: "x".pem', key: '~' },
      backup: { folder: 'C:\\backups', hour: 'off' },
      mysql: { urlFile: 'true' },
    }
    expect(valuesOf(write(cloudConfigSchema, asked), cloudConfigSchema)).toEqual({ ...defaults, ...asked })
  })

  it('leaves to the store what it has to say', () => {
    const text = write(cloudConfigSchema, {}, ['country', 'currency', 'overdraft'])
    const values = valuesOf(text, cloudConfigSchema)
    expect(values).not.toHaveProperty('country')
    expect(values).not.toHaveProperty('overdraft')
    expect(valuesOf(turnedOn(text), cloudConfigSchema)).toMatchObject({ country: 'CN', overdraft: { points: 0 } })
  })

  it('keeps words and order when a value is changed', () => {
    const text = write(branchConfigSchema, { cloud: 'https://one.example' })
    expect(changeConfig(text, { cloud: 'https://one.example', ca: undefined })).toBe(text)
    const changed = changeConfig(text, { cloud: 'https://two.example', lan: { name: 'till.example' } })
    expect(changed).toContain(text.slice(0, text.indexOf('cloud:')))
    const before = valuesOf(text, branchConfigSchema) as object
    expect(valuesOf(changed, branchConfigSchema)).toEqual({
      ...before,
      cloud: 'https://two.example',
      lan: { name: 'till.example' },
    })
  })
})

describe('writing a configuration file', () => {
  const modeOf = (path: string) => statSync(path).mode & 0o777

  it('makes a folder and a file for their owner only', async () => {
    const data = join(folder.path, 'deep', 'data')
    const prepared = await prepareConfig(data, write(cloudConfigSchema))
    expect(existsSync(prepared.file)).toBe(false)
    await prepared.keep()
    expect([modeOf(data), modeOf(prepared.file), readdirSync(data)]).toEqual([0o700, 0o600, ['outpost.yaml']])
    expect(readConfig(data, cloudConfigSchema).backup?.folder).toBe(join(data, 'backups'))
  })

  it('shuts an empty folder and one of a node, and leaves that of somebody else as it is', async () => {
    const [empty, node, other] = ['empty', 'node', 'other'].map((name) => join(folder.path, name))
    for (const path of [empty!, node!, other!]) {
      mkdirSync(path)
      chmodSync(path, 0o755)
    }
    writeFileSync(join(node!, 'store.sqlite'), '')
    writeFileSync(join(other!, 'letter.txt'), '')
    for (const path of [empty!, node!, other!]) await (await prepareConfig(path, '')).keep()
    expect([empty!, node!, other!].map(modeOf)).toEqual([0o700, 0o700, 0o755])
  })

  it('leaves nothing behind when it is not kept', async () => {
    const data = join(folder.path, 'data')
    ;(await prepareConfig(data, 'port: 1')).discard()
    expect(existsSync(data)).toBe(false)
    await (await prepareConfig(data, 'port: 1')).keep()
    // What a run that was killed has left is in nobody's way.
    writeFileSync(join(data, 'outpost.yaml.new'), 'open to all', { mode: 0o644 })
    const second = await prepareConfig(data, 'port: 2')
    expect(modeOf(`${second.file}.new`)).toBe(0o600)
    second.discard()
    expect([readFileSync(second.file, 'utf8'), readdirSync(data)]).toEqual(['port: 1', ['outpost.yaml']])
  })
})
