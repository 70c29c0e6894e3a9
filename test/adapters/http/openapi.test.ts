import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openApiOf, type NodeKind, type Operation } from '../../../adapters/http/openapi.ts'
import type { RouteSpec } from '../../../adapters/http/route-table.ts'
import { SESSION_COOKIE } from '../../../cloud-node/accounts.ts'
import { VERSION } from '../../../schemas/version.ts'
import { routeSpecs } from '../../../scripts/docs/route-tables.ts'

const NODES: NodeKind[] = ['branch', 'headquarters']

type Json = Record<string, unknown>
/** As a client reads it. */
const documentOf = (kind: NodeKind, specs: readonly RouteSpec[] = routeSpecs(kind)) =>
  JSON.parse(JSON.stringify(openApiOf(kind, specs))) as {
    openapi: string
    info: Json
    tags: { name: string }[]
    paths: Record<string, Record<string, Operation>>
    components: Record<string, Record<string, Json>>
  }
const operationsOf = (kind: NodeKind) =>
  Object.entries(documentOf(kind).paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  )

/** Every value below a key, wherever it stands. */
function allOf(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [...(name === key ? [inner] : []), ...allOf(inner, key)])
}

describe.each(NODES)('the OpenAPI document of %s', (kind) => {
  const document = documentOf(kind)
  const operations = operationsOf(kind)

  it('says which version it is of what', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info).toMatchObject({ title: expect.any(String) as string, version: VERSION })
  })

  it('holds every address of the node once', () => {
    const declared = routeSpecs(kind).map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual(
      declared.toSorted(),
    )
  })

  it('names operations uniquely, by topics that it lists', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const topics = document.tags.map(({ name }) => name)
    expect(new Set(operations.map(({ operation }) => operation.tags[0]))).toEqual(new Set(topics))
  })

  it('describes each parameter of a path, and each parameter once', () => {
    for (const { path, operation } of operations) {
      const parameters = operation.parameters ?? []
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      expect([path, inPath.map(({ name }) => name)]).toEqual([path, named])
      expect(inPath.every(({ required }) => required)).toBe(true)
      expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size).toBe(parameters.length)
    }
  })

  it('asks only for proofs that it describes, and for nothing where an address is open', () => {
    const schemes = Object.keys(document.components['securitySchemes']!)
    const asked = new Set(operations.flatMap(({ operation }) => operation.security.flatMap(Object.keys)))
    expect([...asked].toSorted()).toEqual(schemes.toSorted())
    const open = routeSpecs(kind).filter(({ access }) => access === 'open').length
    expect(operations.filter(({ operation }) => operation.security.length === 0)).toHaveLength(open)
  })

  it('refers only to what it holds', () => {
    for (const ref of allOf(document, '$ref') as string[]) {
      const steps = ref.replace(/^#\//, '').split('/')
      const found = steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document)
      expect([ref, found]).not.toEqual([ref, undefined])
    }
  })

  it('describes every answer, and every error in the one shape', () => {
    for (const { operation } of operations) {
      expect(Object.keys(operation.responses).filter((status) => /^2\d\d$/.test(status))).toHaveLength(1)
      expect(operation.responses).toMatchObject({ '4XX': { $ref: '#/components/responses/Error' } })
    }
    expect(document.components['schemas']!['Error']).toMatchObject({ required: ['code', 'message', 'requestId'] })
  })

  it('holds schemas of JSON Schema 2020-12 only', () => {
    const ajv = new Ajv2020({ strictSchema: true, validateFormats: false })
    for (const schema of allOf(document, 'schema').filter((one) => !('$ref' in (one as Json)))) {
      expect(() => ajv.compile(schema as Json)).not.toThrow()
    }
  })
})

it('names the cookie of headquarters as it is', () => {
  expect(documentOf('headquarters').components['securitySchemes']!['session']).toMatchObject({ name: SESSION_COOKIE })
})

it('tells what a request holds: what must be there, what is optional, and what it is unless said', () => {
  const spec: RouteSpec<unknown, unknown, unknown> = {
    method: 'POST',
    path: '/api/teas/:id',
    access: 'operator',
    about: 'brews a tea',
    params: z.object({ id: z.string().max(64) }),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).default(10), kind: z.enum(['black', 'green']) }),
    body: z.strictObject({ minutes: z.number() }),
    status: 201,
  }
  expect(documentOf('headquarters', [spec]).paths['/api/teas/{id}']!['post']).toEqual({
    operationId: 'postApiTeasId',
    tags: ['teas'],
    summary: 'Brews a tea.',
    security: [{ session: ['operator'] }, { command: [] }],
    parameters: [
      { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 64 } },
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 10 },
      },
      { name: 'kind', in: 'query', required: true, schema: { type: 'string', enum: ['black', 'green'] } },
    ],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { minutes: { type: 'number' } },
            required: ['minutes'],
            additionalProperties: false,
          },
        },
      },
    },
    responses: {
      201: { description: 'Done.', content: { 'application/json': {} } },
      '4XX': { $ref: '#/components/responses/Error' },
      '5XX': { $ref: '#/components/responses/Error' },
    },
  })
})
