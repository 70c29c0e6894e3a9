/** What a node's addresses are, as OpenAPI 3.1 says it: made from the table that declares them. */
import { z } from 'zod'
import type { Access } from '../../schemas/access.ts'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { VERSION } from '../../schemas/version.ts'
import type { RouteSpec } from './route-table.ts'

export type NodeKind = 'branch' | 'headquarters'

/** As JSON Schema 2020-12 writes it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly required: boolean
  readonly schema: JsonSchema
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly [string]
  readonly summary: string
  /** One of these proofs; all that stand in one object together. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly required: boolean
    readonly content: Readonly<Record<string, { schema: JsonSchema }>>
  }
  readonly responses: Readonly<Record<string, object>>
}

export interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: object
  readonly security: readonly []
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<'get' | 'post', Operation>>>>>
  readonly components: { readonly schemas: object; readonly responses: object; readonly securitySchemes: object }
}

export function openApiOf(kind: NodeKind, specs: readonly RouteSpec[]): OpenApi {
  const paths: Record<string, Partial<Record<'get' | 'post', Operation>>> = {}
  for (const spec of specs) {
    const path = spec.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [spec.method.toLowerCase()]: operationOf(kind, spec) }
  }
  const topics = new Set(specs.map(topicOf))
  return {
    openapi: '3.1.0',
    info: { title: TITLES[kind], version: VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [],
    tags: [...topics].toSorted().map((name) => ({ name })),
    paths,
    components: { schemas: { Error: ERROR }, responses: { Error: ERROR_RESPONSE }, securitySchemes: SCHEMES[kind] },
  }
}

const TITLES: Readonly<Record<NodeKind, string>> = {
  branch: "Outpost: a branch's node",
  headquarters: "Outpost: headquarters' node",
}

/** What an address is about: the word after `/api/`, but for what is about the node itself. */
export function topicOf({ path, access }: RouteSpec): string {
  if (access === 'client') return 'collections'
  const [first = '', second = ''] = path.split('/').filter(Boolean)
  if (first !== 'api') return first
  return OF_THE_NODE.has(second) ? 'node' : second
}

const OF_THE_NODE: ReadonlySet<string> = new Set(['health', 'openapi.json', 'status'])

function operationIdOf({ method, path }: RouteSpec): string {
  const words = path.split(/\W+/).filter(Boolean)
  return [method.toLowerCase(), ...words.map((word) => word[0]!.toUpperCase() + word.slice(1))].join('')
}

/** In the form in which the reference shows it too. */
export function aboutOf({ about }: RouteSpec): string {
  return `${about[0]!.toUpperCase()}${about.slice(1).replace(/\.$/, '')}.`
}

export function schemaOf(type: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' })
  return schema as JsonSchema
}

export function parametersOf(spec: RouteSpec): Parameter[] {
  const inPath = spec.params ? schemaOf(spec.params) : undefined
  const names = [...spec.path.matchAll(/:(\w+)/g)].map(([, name]) => name!)
  const ofPath = names.map((name): Parameter => {
    return { name, in: 'path', required: true, schema: inPath?.properties?.[name] ?? { type: 'string' } }
  })
  const inQuery = spec.query ? schemaOf(spec.query) : {}
  const ofQuery = Object.entries(inQuery.properties ?? {}).map(([name, schema]): Parameter => {
    return { name, in: 'query', required: inQuery.required?.includes(name) === true, schema }
  })
  return [...ofPath, ...ofQuery]
}

function operationOf(kind: NodeKind, spec: RouteSpec): Operation {
  const parameters = parametersOf(spec)
  return {
    operationId: operationIdOf(spec),
    tags: [topicOf(spec)],
    summary: aboutOf(spec),
    security: PROOFS[kind](spec.access),
    ...(parameters.length > 0 && { parameters }),
    ...(spec.body && { requestBody: bodyOf(spec.body) }),
    responses: {
      [spec.status ?? 200]: {
        description: spec.streams === true ? 'Server-sent events.' : 'Done.',
        content: { [spec.streams === true ? 'text/event-stream' : 'application/json']: {} },
      },
      '4XX': { $ref: '#/components/responses/Error' },
      '5XX': { $ref: '#/components/responses/Error' },
    },
  }
}

function bodyOf(body: z.ZodType): NonNullable<Operation['requestBody']> {
  // Nothing at all is taken for `{}`.
  const required = !body.safeParse({}).success
  return { required, content: { 'application/json': { schema: schemaOf(body) } } }
}

/** What proves to be whom an address is for; where there are roles, with the least that is enough. */
const PROOFS: Readonly<Record<NodeKind, (access: Access) => Operation['security']>> = {
  branch: (access) => {
    switch (access) {
      case 'open':
        return []
      case 'client':
        return [{ device: [] }, { deviceToken: [] }]
      case 'device':
        return [{ device: [] }, { deviceToken: [] }, { command: [] }]
      case 'command':
        return [{ command: [] }]
      default:
        return [{ device: [], staff: [access] }, { deviceToken: [], staff: [access] }, { command: [] }]
    }
  },
  headquarters: (access) => {
    switch (access) {
      case 'open':
        return []
      case 'branch':
        return [{ signature: [] }]
      case 'client':
        return [{ signature: [] }, { program: [] }]
      case 'command':
        return [{ command: [] }]
      default:
        return [{ session: [access] }, { command: [] }]
    }
  },
}

const COMMAND = {
  type: 'http',
  scheme: 'bearer',
  description:
    "The token in `node.json` of the node's data folder, made anew at each start; for commands on its machine.",
}
const SCHEMES: Readonly<Record<NodeKind, object>> = {
  branch: {
    device: {
      type: 'apiKey',
      in: 'cookie',
      name: 'outpost-device-{branchId}',
      description: 'Set when a browser is paired.',
    },
    deviceToken: { type: 'http', scheme: 'bearer', description: 'Given to a program when it is paired.' },
    staff: {
      type: 'apiKey',
      in: 'cookie',
      name: 'outpost-staff-{branchId}',
      description: 'Set when somebody of the staff logs in at a paired device.',
    },
    command: COMMAND,
  },
  headquarters: {
    session: { type: 'apiKey', in: 'cookie', name: 'outpost-session', description: 'Set when somebody logs in.' },
    signature: {
      type: 'apiKey',
      in: 'header',
      name: 'authorization',
      description: '`Outpost` and a JWS of the request, signed with the key of a branch: see docs/protocol.md.',
    },
    program: { type: 'http', scheme: 'bearer', description: 'The token of a program for one branch.' },
    command: COMMAND,
  },
}

const ERROR: JsonSchema = {
  type: 'object',
  properties: {
    code: { type: 'string', enum: Object.keys(ERROR_CATALOGUE).toSorted(), description: 'See docs/errors.md.' },
    message: { type: 'string', description: 'For people.' },
    field: { type: 'string', description: 'What is at fault, where that is one field.' },
    requestId: { type: 'string', description: 'Also in the header `x-request-id`.' },
  },
  required: ['code', 'message', 'requestId'],
}
const ERROR_RESPONSE = {
  description: 'Refused; nothing was changed.',
  headers: { 'Retry-After': { description: 'Seconds, where trying again helps.', schema: { type: 'integer' } } },
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
}
