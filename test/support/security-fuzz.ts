/**
 * Makes malformed requests from a node's own description of its addresses. The seed and the number of a case make the
 * case: one that was answered wrongly can be sent again by its number. None of them is meant to be valid.
 */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { JsonSchema, OpenApi } from '../../adapters/http/openapi.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'
import { createRandom, type SeededRandom } from '../../scripts/demo/seeded-random.ts'
import { schemaVersion } from './schema-version.ts'

export interface FuzzCase {
  readonly about: string
  readonly method: string
  /** As it travels. */
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** Told in place of the length of the body. */
  readonly length?: string
  /** The whole request, where it is none that could be put together. */
  readonly raw?: Buffer
  /** Nothing more comes: the connection is closed on this side. */
  readonly ends?: boolean
  /** Of the address, for whoever picks who asks. */
  readonly address: string
  /** Whoever asks is whoever the headers say. */
  readonly showsItself?: boolean
  /** Documents that cannot be taken are parked one by one, and that is answered with 200. */
  readonly parks?: boolean
}

interface Operation {
  readonly address: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body: JsonSchema | undefined
  readonly query: readonly { readonly name: string; readonly schema: JsonSchema }[]
}

/** A field of a body or a query, and something that it may not be. */
interface WrongField {
  readonly operation: Operation
  readonly field: readonly (string | number)[]
  readonly wrong: string
}

const OF_NOTHING: Readonly<Record<string, string>> = {
  id: 'nobody-here',
  collection: 'nothing',
  version: 'v0',
  name: 'x',
}

export class Fuzzer {
  readonly #operations: readonly Operation[]
  readonly #fields: readonly WrongField[]

  constructor({ paths }: OpenApi) {
    this.#operations = Object.entries(paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, { requestBody, parameters = [] }]): Operation => {
        const content = requestBody?.content['application/json']
        return {
          address: `${method.toUpperCase()} ${template.replaceAll(/\{(\w+)\}/g, ':$1')}`,
          method: method === 'get' ? 'GET' : 'POST',
          path: template.replaceAll(/\{(\w+)\}/g, (_, name: string) => OF_NOTHING[name]!),
          body: content?.schema,
          query: parameters.filter((one) => one.in === 'query'),
        }
      }),
    )
    this.#fields = this.#operations.flatMap(wrongFieldsOf)
  }

  /** How many wrong values for fields there are. */
  get fields(): number {
    return this.#fields.length
  }

  /** @param number even ones walk through the wrong fields, odd ones are everything else that is wrong */
  make(seed: number, number: number): FuzzCase {
    const random = createRandom(seed * 100_003 + number)
    if (number % 2 === 0) return this.#wrongField(this.#fields[((number / 2) * STEP) % this.#fields.length]!, random)
    return random.pick(KINDS)(this.#operations, random)
  }

  #wrongField({ operation, field, wrong }: WrongField, random: SeededRandom): FuzzCase {
    const about = `${field.join('.')} = ${wrong.slice(0, 40)}`
    if (operation.method === 'GET') {
      const path = `${operation.path}?${encodeURIComponent(String(field[0]))}=${encodeURIComponent(wrong)}`
      return { ...caseOf(operation, about), path }
    }
    const valid = sampleOf(operation.body!, random, field)
    return { ...caseOf(operation, about), body: Buffer.from(textWith(valid, field, wrong)) }
  }
}

/** Shares nothing with the number of fields, so that few cases are spread over all of them. */
const STEP = 7919

function caseOf({ address, method, path }: Operation, about: string): FuzzCase {
  return { about, address, method, path, headers: method === 'POST' ? [JSON_TYPE] : [], body: Buffer.alloc(0) }
}

const JSON_TYPE = ['content-type', 'application/json'] as const

// What is of the wrong kind.

const WRONG: Readonly<Record<string, readonly string[]>> = {
  string: ['42', 'true', 'null', '[]', '{"a":1}', `"${'x'.repeat(20_000)}"`],
  integer: ['"1"', 'true', 'null', '[1]', '{}', '1.5', '1e400', '-1e400', '9007199254740993', '1e308'],
  number: ['"1"', 'true', 'null', '[1]', '{}', '1e400', '-1e400'],
  boolean: ['"true"', '1', 'null', '[]', '{}'],
  array: ['"x"', '1', 'null', '{}', '{"length":1,"0":{}}'],
  object: ['"x"', '1', 'null', '[]', 'true'],
  enum: ['"nothing of this"', '42', 'null', '[]', '{}', '"__proto__"', '"constructor"'],
}
const WRONG_IN_QUERY = [
  'x',
  '1.5',
  '-1',
  '1e400',
  'NaN',
  'Infinity',
  '9007199254740993',
  '[1]',
  '{"a":1}',
  '١',
  '0x10g',
]

function wrongFieldsOf(operation: Operation): WrongField[] {
  const inQuery = operation.query
    .filter(({ schema }) => schema.type === 'integer')
    .flatMap(({ name }) => WRONG_IN_QUERY.map((wrong) => ({ operation, field: [name], wrong })))
  if (!operation.body) return inQuery
  const inBody = fieldsOf(operation.body, []).flatMap(({ field, kind, mayBeNull }) =>
    WRONG[kind]!.filter((wrong) => !(mayBeNull && wrong === 'null')).map((wrong) => ({ operation, field, wrong })),
  )
  return [...inQuery, ...inBody]
}

interface Field {
  readonly field: readonly (string | number)[]
  readonly kind: string
  readonly mayBeNull: boolean
}

function fieldsOf(schema: JsonSchema, field: readonly (string | number)[]): Field[] {
  const parts = [...listOf(schema, 'allOf'), ...listOf(schema, 'anyOf'), ...listOf(schema, 'oneOf')]
  if (parts.length > 0) {
    const mayBeNull = parts.some(({ type }) => type === 'null')
    const all = uniqueFields(parts.flatMap((part) => fieldsOf(part, field)))
    return all.map((one) => (mayBeNull && one.field.length === field.length ? { ...one, mayBeNull } : one))
  }
  const { type, properties, items } = schema as JsonSchema & { items?: JsonSchema }
  const kind = (schema['enum'] ?? schema['const']) ? 'enum' : type
  if (kind === undefined || !(kind in WRONG)) return []
  const inside = Object.entries(properties ?? {}).flatMap(([name, one]) => fieldsOf(one, [...field, name]))
  const inItems = items ? fieldsOf(items, [...field, 0]) : []
  return [{ field, kind, mayBeNull: false }, ...inside, ...inItems]
}

/** What one alternative takes may be wrong for another: only what is an enumeration or an object in all of them is told. */
function uniqueFields(fields: readonly Field[]): Field[] {
  const kinds = new Map<string, Set<string>>()
  for (const { field, kind } of fields) {
    const key = field.join('.')
    kinds.set(key, (kinds.get(key) ?? new Set()).add(kind))
  }
  const seen = new Set<string>()
  return fields.filter(({ field }) => {
    const key = field.join('.')
    if (seen.has(key) || kinds.get(key)!.size > 1) return false
    return seen.add(key)
  })
}

function listOf(schema: JsonSchema, keyword: string): JsonSchema[] {
  return (schema[keyword] as JsonSchema[] | undefined) ?? []
}

/** Something like what is wanted, with everything on the way to a field in it. */
function sampleOf(schema: JsonSchema, random: SeededRandom, way: readonly (string | number)[] = []): unknown {
  const [next, ...rest] = way
  const parts = listOf(schema, 'allOf')
  if (parts.length > 0) return Object.assign({}, ...parts.map((part) => sampleOf(part, random, way))) as unknown
  const choices = [...listOf(schema, 'anyOf'), ...listOf(schema, 'oneOf')]
  const fitting = choices.filter(
    (one) => next === undefined || fieldsOf(one, []).some(({ field }) => field[0] === next),
  )
  if (choices.length > 0) return sampleOf(random.pick(fitting.length > 0 ? fitting : choices), random, way)
  if (schema['const'] !== undefined) return schema['const']
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown
  switch (schema.type) {
    case 'string':
      return 'x'.repeat(Math.max(1, Number(schema['minLength'] ?? 1)))
    case 'integer':
    case 'number':
      return Math.max(0, Number(schema['minimum'] ?? 0), Number(schema['exclusiveMinimum'] ?? -1) + 1)
    case 'boolean':
      return true
    case 'array':
      return [sampleOf((schema['items'] ?? {}) as JsonSchema, random, rest)]
    case 'object': {
      const named = Object.entries(schema.properties ?? {})
      const wanted = named.filter(([name]) => schema.required?.includes(name) === true || name === next)
      return Object.fromEntries(wanted.map(([name, one]) => [name, sampleOf(one, random, name === next ? rest : [])]))
    }
    default:
      return {}
  }
}

const HERE = '\u0001here\u0001'

/** The JSON of a value in which one field is written as told, which need not be JSON. */
function textWith(value: unknown, field: readonly (string | number)[], written: string): string {
  if (field.length === 0) return written
  const copy = structuredClone(value) as Record<string | number, unknown>
  let at = copy
  for (const name of field.slice(0, -1)) at = at[name] as typeof copy
  at[field.at(-1)!] = HERE
  return JSON.stringify(copy).replace(JSON.stringify(HERE), () => written)
}

// What is wrong otherwise.

type Kind = (operations: readonly Operation[], random: SeededRandom) => FuzzCase

function anyOf(operations: readonly Operation[], random: SeededRandom, fits: (one: Operation) => boolean): Operation {
  return random.pick(operations.filter(fits))
}

const takesBody = ({ body }: Operation) => body !== undefined

const brokenJson: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const text = JSON.stringify({ ...(sampleOf(operation.body!, random) as object), a: ['b', { c: 1 }] })
  const written = random.pick([
    () => text.slice(0, 1 + random.below(text.length - 1)),
    () => `${text}${text}`,
    () => text.replaceAll('"', "'"),
    () => text.replace('{', '{,'),
    () => text.replace(/\}$/, ',}'),
    () => text.replace('1', random.pick(['NaN', 'Infinity', '01', '+1', '0x1', '1.', '.5', '1e', '--1'])),
    () => `//\n${text}`,
    () => text.replace('"b"', `"b${String.fromCharCode(random.below(32))}"`),
    () => text.replace('"b"', random.pick(['"\\x"', '"\\u12"', '"\\uZZZZ"', '"\\"'])),
    () => random.pick(['', ' ', '\0', '{', '[', '"', 'nul', 'undefined', '\u{feff}\u{feff}{}', ")]}',\n{}"]) || '\t',
    () => Array.from({ length: 1 + random.below(400) }, () => String.fromCharCode(random.below(256))).join('}'),
  ])()
  return { ...caseOf(operation, 'broken JSON'), body: Buffer.from(written) }
}

const badUtf8: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const bytes = random.pick([
    [0xff],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf8, 0x88, 0x80, 0x80],
    [0xe2, 0x82],
    [0x80],
    [0xf4, 0x90, 0x80, 0x80],
  ])
  const text = JSON.stringify({ ...(sampleOf(operation.body!, random) as object), a: HERE })
  const [before = '', after = ''] = text.split(JSON.stringify(HERE))
  const body = Buffer.concat([Buffer.from(`${before}"`), Buffer.from(bytes), Buffer.from(`"${after}`)])
  return { ...caseOf(operation, 'bad UTF-8'), body: random.below(4) === 0 ? Buffer.from(text, 'utf16le') : body }
}

const deep: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const levels = random.pick([65, 66, 1000, 10_000, 30_000, 200_000])
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":', '}]'],
  ] as const)
  const nested = `${open.repeat(levels)}0${close.repeat(levels)}`
  const written = random.pick([nested, `{"a":${nested}}`, open.repeat(levels)])
  return { ...caseOf(operation, `${levels} levels`), body: Buffer.from(written) }
}

const many: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const written = random.pick([
    () => `[${'0,'.repeat(600_000)}0]`,
    () => `{"a":[${'{},'.repeat(550_000)}{}]}`,
    () => `{"a":"${'x'.repeat(2 ** 20 + 1)}"}`,
    () => `{"${'x'.repeat(2 ** 20 + 1)}":1}`,
    () => `{${Array.from({ length: 20_000 }, (_, i) => `"${i}":{"__proto__":1}`).join(',')}}`,
  ])()
  return { ...caseOf(operation, 'more than any document'), body: Buffer.from(written) }
}

const pollution: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const key = random.pick([
    '"__proto__":{"role":"administrator"}',
    '"__proto__":null',
    '"constructor":{"prototype":{"role":"x"}}',
    '"\\u005f_proto__":{"a":1}',
  ])
  const text = JSON.stringify({ ...(sampleOf(operation.body!, random) as object), a: 1 })
  const body = random.pick([`{${key}}`, text.replace('{', `{${key},`), text.replace(/"a":1/, `"a":[{${key}}]`)])
  return { ...caseOf(operation, 'a name of JavaScript'), body: Buffer.from(body) }
}

const BOMB = Buffer.alloc(24 * 2 ** 20, ' ')
const PACKED = [
  ['gzip', gzipSync(BOMB)],
  ['deflate', deflateSync(BOMB)],
  ['br', brotliCompressSync(BOMB)],
] as const

const packed: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const small = Buffer.from('{"a":[1,2,3],"b":"nothing that is known"}')
  const [encoding, body, about] = random.pick([
    () => [...random.pick(PACKED), 'inflates beyond every limit'] as const,
    () => ['gzip', small, 'not packed'] as const,
    () => ['br', small, 'not packed'] as const,
    () => ['deflate', deflateRawSync(small), 'without its head'] as const,
    () => ['gzip', gzipSync(small).subarray(0, 15 + random.below(8)), 'cut off'] as const,
    () => ['gzip', gzipSync(gzipSync(small)), 'packed twice'] as const,
    () =>
      [
        random.pick([
          'gzip, gzip',
          'zstd',
          'compress',
          'x-gzip',
          '__proto__',
          'constructor',
          'toString',
          'utf-8',
          ',',
          'gzip;q=1',
        ]),
        gzipSync(small),
        'an encoding that nobody has',
      ] as const,
  ])()
  return { ...caseOf(operation, about), headers: [JSON_TYPE, ['content-encoding', encoding]], body }
}

const wrongType: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const type = random.pick([
    'text/plain',
    'application/xml',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'text/html',
    'json',
    '*/*',
    'application/octet-stream',
    ';',
    '',
  ])
  const body = Buffer.from(JSON.stringify(sampleOf(operation.body!, random)))
  return { ...caseOf(operation, `type ${type}`), headers: type === '' ? [] : [['content-type', type]], body }
}

const lyingLength: Kind = (operations, random) => {
  const operation = anyOf(operations, random, takesBody)
  const body = Buffer.from('{"a":[1,2,3],"b":"nothing that is known"}')
  const about = 'the length is not that of the body'
  const base = { ...caseOf(operation, about), body }
  return random.pick<() => FuzzCase>([
    () => ({ ...base, length: String(body.length + 1 + random.below(1000)), ends: true }),
    () => ({ ...base, length: String(random.below(body.length - 1) + 1) }),
    () => ({ ...base, length: random.pick(['-1', 'x', '1e3', '0x10', '99999999999999999999', '1, 2', '']) }),
    () => ({ ...base, length: String(2 ** 31 + random.below(1000)) }),
    () => ({ ...base, headers: [JSON_TYPE, ['transfer-encoding', 'chunked']] }),
    () => ({ ...base, headers: [JSON_TYPE, ['content-length', '3']] }),
    () => ({
      ...base,
      length: 'none',
      headers: [JSON_TYPE, ['transfer-encoding', 'chunked']],
      body: Buffer.from(
        random.pick([
          'zz\r\n{}\r\n0\r\n\r\n',
          '5\r\n{}\r\n0\r\n\r\n',
          'ffffffffffffffffff\r\n',
          `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
          '-1\r\n\r\n',
        ]),
      ),
      ends: true,
    }),
    () => ({
      ...base,
      length: 'none',
      headers: [
        JSON_TYPE,
        ['transfer-encoding', random.pick(['gzip', 'chunked, identity', 'xchunked', 'identity, x'])],
      ],
      ends: true,
    }),
  ])()
}

const headers: Kind = (operations, random) => {
  const operation = anyOf(operations, random, () => true)
  const base = caseOf(operation, 'headers')
  const more = random.pick<() => (readonly [string, string])[]>([
    () => Array.from({ length: 101 + random.below(1200) }, (_, i) => [`x-${i}`, 'v'] as const),
    () => [['x-long', 'x'.repeat(17_000 + random.below(60_000))]],
    () => Array.from({ length: 40 }, (_, i) => [`x-${i}`, 'x'.repeat(600)] as const),
    () => [
      [
        'host',
        random.pick([
          'evil.example',
          'evil.example:80',
          '127.0.0.1.evil.example',
          '',
          '[::2]',
          'localhost@evil.example',
          'localhost:x',
        ]),
      ],
    ],
    () => [['origin', random.pick(['http://evil.example', 'null', 'https://127.0.0.1', 'file://', 'x'.repeat(3000)])]],
    () => [['expect', random.pick(['200-ok', 'x'])]],
    () => [['bad header', 'x']],
    () => [['x-control', `a${String.fromCharCode(random.pick([0, 1, 8, 11, 127]))}b`]],
  ])()
  return { ...base, about: `header ${more[0]![0]} and ${more.length - 1} more`, headers: [...base.headers, ...more] }
}

const shown: Kind = (operations, random) => {
  const operation = anyOf(operations, random, ({ address }) => address !== 'GET /api/health')
  const noise = (length: number) => Array.from({ length }, () => random.pick([...'abcXYZ019-_.='])).join('')
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const jws = (head: unknown) => `${part(head)}.${part({ htm: 'GET', htu: '/' })}.${noise(86)}`
  const authorization = random.pick<() => string>([
    () => `Bearer ${noise(43)}`,
    () => `Bearer ${noise(12_000)}`,
    () => `Bearer ${random.pick(['', ' ', 'a b', '\u00ff', "' OR 1=1 --", 'null', '[object Object]'])}`,
    () => `Basic ${Buffer.from('a:b').toString('base64')}`,
    () => `Outpost ${noise(50)}`,
    () => `Outpost ${jws({ alg: 'none', typ: 'outpost-request+jwt' })}`,
    () =>
      `Outpost ${jws({ alg: 'EdDSA', typ: 'outpost-request+jwt', kid: random.pick(['', '__proto__', noise(43), 42, null, {}]) })}`,
    () => `Outpost ${jws({ alg: 'HS256', typ: 'outpost-request+jwt', kid: noise(43) })}`,
    () => `Outpost ${jws({ alg: 'EdDSA', crit: ['b64'], b64: false, typ: 'outpost-request+jwt', kid: 'x' })}`,
    () => `Outpost ${'a.'.repeat(3000)}`,
    () => `Outpost ${part('x')}.${part(1)}.`,
    () => noise(200),
  ])()
  return {
    ...caseOf(operation, `shows ${authorization.slice(0, 30)}`),
    headers: [JSON_TYPE, ['authorization', authorization]],
    body: Buffer.from('{"nothing":1}'),
    showsItself: true,
  }
}

const PATHS = [
  '/api/%00',
  '/%00',
  '/%ff',
  '/api/%E0%A4%A',
  '/api/documents/%00/x',
  '/api/documents/members/%ff',
  '/../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2fetc%2fpasswd',
  '/assets/..%5c..%5cx',
  '/api/documents/..%2f..%2fetc/passwd',
  '//evil.example/api',
  '/api//nothing',
  '/__proto__/0/pull',
  '/constructor/0/push',
  '/members/__proto__/pull',
  '/members/1e400/pull',
  '/members/-1/push',
  '/api/branches/__proto__',
  '/api/members/constructor',
  '/api/nothing?__proto__[a]=1',
  '/api/nothing?constructor[prototype][a]=1',
  '/exchange/v0/push',
  '/exchange/%00/%00',
  '/exchange/v99999999999/heartbeat',
  '/api/x;y=z',
  '/api/nothing#x',
  '/.git/config',
  '/store.sqlite',
  '/node.json',
  '*',
  'http://evil.example/api/nothing',
  '/api/%u0041',
  '/%',
  '/api/documents/members/%F0%9F%92%A9%ED%A0%80',
]

const paths: Kind = (_, random) => {
  const long = () => `/api/${'x'.repeat(random.pick([300, 8300, 15_000, 40_000]))}`
  const deepPath = () => '/a'.repeat(random.pick([100, 3000]))
  const query = () => `/api/nothing?${Array.from({ length: 51 + random.below(500) }, (_, i) => `${i}=1`).join('&')}`
  const path = random.below(3) === 0 ? random.pick([long, deepPath, query])() : random.pick(PATHS)
  const method = random.pick(['GET', 'POST'])
  return {
    about: 'path',
    address: 'GET /api/health',
    method,
    path,
    headers: method === 'POST' ? [JSON_TYPE] : [],
    body: Buffer.from(method === 'POST' ? '{"a":' : ''),
  }
}

const twice: Kind = (operations, random) => {
  const operation = anyOf(operations, random, ({ method, query }) => method === 'GET' && query.length > 0)
  const { name } = random.pick(operation.query)
  const path = `${operation.path}?${name}=1&${name}=2`
  return { ...caseOf(operation, `${name} twice`), path }
}

const methods: Kind = (operations, random) => {
  const operation = anyOf(operations, random, () => true)
  const method = random.pick([
    'BREW',
    'get',
    'PROPFIND',
    'TRACE',
    'PURGE',
    'QUERY',
    'M-SEARCH',
    'PUT',
    'DELETE',
    'PATCH',
    'OPTIONS',
    'LINK',
    'G\u00c9T',
    'POST\t',
  ])
  return { ...caseOf(operation, `method ${method}`), method }
}

const garbage: Kind = (operations, random) => {
  const { method, path } = anyOf(operations, random, ({ method: one }) => one === 'POST')
  const noise = Buffer.from(Array.from({ length: 1 + random.below(300) }, () => random.below(256)))
  const line = (text: string) => Buffer.from(`${text}\r\n`)
  const raw = random.pick<() => Buffer>([
    () => Buffer.concat([noise, line('')]),
    () => line('GET /'),
    () => line(`GET ${path} HTTP/3.0\r\nhost: localhost\r\n`),
    () => line(`${method} ${path} HTTP/1.0\r\ncontent-length: 5\r\n\r\n{"a":`),
    () => line(`GET /api/health and more HTTP/1.1\r\nhost: localhost\r\n`),
    () => line(`CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n`),
    () => line(`GET /api/nothing HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n`),
    () => line(`GET /api/nothing HTTP/1.1\r\nhost: localhost\r\n x: folded\r\n`),
    () => line(`GET /api/nothing HTTP/1.1\nhost: localhost\n`),
    () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 13, 10, 13, 10]),
    () => Buffer.concat([line(`GET /api/nothing HTTP/1.1\r\nhost: localhost\r\n`), noise, line('\r\n')]),
    () =>
      line(
        `${method} ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /api/nothing HTTP/1.1\r\n`,
      ),
    () =>
      line(
        `GET /api/nothing HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: x\r\n`,
      ),
    () => line('PRI * HTTP/2.0\r\n\r\nSM\r\n'),
  ])()
  return {
    about: `no request: ${JSON.stringify(raw.toString('latin1').slice(0, 60))}`,
    address: 'GET /api/health',
    method: '',
    path: '',
    headers: [],
    body: Buffer.alloc(0),
    raw,
    ends: true,
  }
}

const LONE = '\ud800'

const documents: Kind = (operations, random) => {
  const declaration = random.pick(COLLECTIONS)
  const { name, schema } = declaration
  const doc = brokenDocument(schema as unknown as JsonSchema, random)
  const isKnown = (address: string) => operations.some((one) => one.address === address)
  const way = random.pick(['rows', 'rows', 'exchange', 'person'])
  const state = { about: `a broken document of ${name}`, method: 'POST', headers: [JSON_TYPE] }
  if (way === 'exchange' && isKnown('POST /exchange/v1/push')) {
    const document = { collection: name, version: schemaVersion(name), seq: 1 + random.below(1000), document: doc }
    const body = { ...STANDPOINT, class: declaration.syncClass, documents: [document] }
    return {
      ...state,
      address: 'POST /exchange/v1/push',
      path: '/exchange/v1/push',
      body: Buffer.from(written(body)),
      parks: true,
    }
  }
  if (way === 'person') {
    return {
      ...state,
      address: 'POST /api/documents/:collection',
      path: `/api/documents/${name}`,
      body: Buffer.from(written(doc)),
    }
  }
  const row = {
    newDocumentState: doc,
    ...(random.below(2) === 0 && { assumedMasterState: random.pick([doc, {}, { id: 1 }]) }),
  }
  const path = `/${name}/${schemaVersion(name)}/push`
  return { ...state, address: `POST ${path}`, path, body: Buffer.from(written([row])), parks: true }
}

/** Of a branch that headquarters has heard of. */
export const STANDPOINT = {
  head: { epoch: 'start-of-east', seq: 0 },
  positions: {},
  collections: COLLECTIONS.map(({ name }) => name),
}

const HUGE = '\u0001huge\u0001'

/** With numbers that JSON can write and JavaScript cannot hold. */
function written(value: unknown): string {
  return JSON.stringify(value).replaceAll(JSON.stringify(HUGE), '1e400')
}

function brokenDocument(schema: JsonSchema, random: SeededRandom): Record<string, unknown> {
  const doc = {
    ...(sampleOf(schema, random) as Record<string, unknown>),
    id: `fuzz-${random.below(1e9)}`,
    branchId: 'east',
  }
  const known = schema.properties ?? {}
  const oddities: unknown[] = [
    null,
    true,
    -0,
    HUGE,
    2 ** 53,
    '',
    LONE,
    `${LONE}x\u0000`,
    [],
    {},
    [[]],
    { $regex: '(a+)+$' },
    { $gt: '' },
    'x'.repeat(3000),
    -1,
    1.5,
    [null],
    { length: 3 },
  ]
  const names = Object.keys(known)
  for (let changes = random.below(4); changes > 0; changes -= 1)
    Object.assign(doc, { [random.pick(names)]: random.pick(oddities) })
  const clocks = [
    {},
    { r: 'x' },
    { r: {}, s: { x: [] } },
    { r: { name: HUGE } },
    { r: { name: 'not a stamp' }, s: {} },
    [],
    'x',
    42,
    { r: { [LONE]: [LONE] }, s: null },
  ]
  if (random.below(2) === 0) Object.assign(doc, { clock: random.pick(clocks) })
  // Whatever else may be right of it by chance, this is wrong.
  return random.pick<() => Record<string, unknown>>([
    () => ({ ...doc, nothingOfThis: random.pick(oddities) }),
    () => ({ ...doc, id: random.pick([42, null, {}, [], true, ['x'], HUGE]) }),
    () => Object.fromEntries(Object.entries(doc).filter(([name]) => name !== 'id')),
    () => ({ ...doc, id: 'x'.repeat(1000) }),
    () => ({ id: doc.id, [LONE]: LONE, ' ': {} }),
  ])()
}

const KINDS: readonly Kind[] = [
  brokenJson,
  badUtf8,
  deep,
  pollution,
  packed,
  wrongType,
  lyingLength,
  headers,
  shown,
  paths,
  twice,
  methods,
  garbage,
  documents,
  documents,
  // Large ones cost more than they teach.
  (operations, random) => (random.below(6) === 0 ? many : documents)(operations, random),
]
