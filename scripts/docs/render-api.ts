/** The reference pages of both nodes' addresses as Markdown. */
import {
  aboutOf,
  parametersOf,
  schemaOf,
  topicOf,
  type JsonSchema,
  type NodeKind,
} from '../../adapters/http/openapi.ts'
import type { RouteSpec } from '../../adapters/http/route-table.ts'
import type { Access } from '../../schemas/access.ts'

const HEADS: Readonly<Record<NodeKind, string>> = {
  headquarters: `# The addresses of headquarters

<!-- Generated from the route tables by scripts/docs/generate-api.ts. Do not edit. -->

What programs, pages and commands may ask of headquarters' node; as OpenAPI 3.1 in
[openapi-headquarters.json](openapi-headquarters.json), which a node also tells at \`GET /api/openapi.json\`. The messages
between the nodes are explained in [protocol.md](protocol.md), who people are in [security.md](security.md).
`,
  branch: `# The addresses of a branch

<!-- Generated from the route tables by scripts/docs/generate-api.ts. Do not edit. -->

What programs, pages and commands may ask of a branch's node; as OpenAPI 3.1 in
[openapi-branch.json](openapi-branch.json), which a node also tells at \`GET /api/openapi.json\`. What is behind the words
is explained in [protocol.md](protocol.md), who people are in [security.md](security.md).
`,
}

const RULES = `
Bodies and answers are JSON in UTF-8; a body that is left out is \`{}\`. Every error has
[one shape](errors.md): \`{code, message, field?, requestId}\`. Whoever may not ask is answered before anything of a body
is read: \`LOGIN_NEEDED\` or \`UNAUTHENTICATED\` (401) to whom is not known, \`FORBIDDEN\` (403) to whom is. Where a body
takes \`dryRun\`, all is done and taken back.
`

const WHO: Readonly<Record<Access, string>> = {
  open: 'everybody',
  branch: "a branch's node",
  client: 'RxDB clients',
  device: 'paired devices',
  cashier: 'staff',
  manager: 'managers',
  viewer: 'everybody of headquarters',
  operator: 'operators',
  administrator: 'administrators',
  command: 'commands on the machine',
}

export function renderApi(kind: NodeKind, specs: readonly RouteSpec[]): string {
  const named = specs.map(withCollectionNamed)
  const topics = [...new Set(named.map(topicOf))].toSorted()
  const sections = topics.map((topic) =>
    section(
      topic,
      named.filter((spec) => topicOf(spec) === topic),
    ),
  )
  return [HEADS[kind] + RULES, ...sections].join('\n')
}

/** Every collection has the same addresses. */
function withCollectionNamed(spec: RouteSpec): RouteSpec {
  return spec.access === 'client' ? { ...spec, path: spec.path.replace(/^\/[^/]+\/\d+\//, '/<name>/<version>/') } : spec
}

function section(topic: string, all: readonly RouteSpec[]): string {
  const specs = [...new Map(all.map((spec) => [addressOf(spec), spec])).values()]
  const rows = specs.map((spec) => [`\`${addressOf(spec)}\``, WHO[spec.access], aboutOf(spec)])
  const title = topic[0]!.toUpperCase() + topic.slice(1).replaceAll('-', ' ')
  return [`## ${title}`, table(['address', 'who', 'what'], rows), ...specs.flatMap(details)].join('\n\n') + '\n'
}

function addressOf({ method, path }: RouteSpec): string {
  return `${method} ${path}`
}

/** What a request holds, where it holds anything but what stands in its path. */
function details(spec: RouteSpec): string[] {
  const query = parametersOf(spec).filter((parameter) => parameter.in === 'query')
  const ofQuery = query.map(({ name, required, schema }) => [`\`${name}\``, textOf(schema), required ? '' : 'optional'])
  const parts = [
    ...(ofQuery.length > 0 ? [table(['query', 'holds', ''], ofQuery)] : []),
    ...(spec.body ? bodyLines(schemaOf(spec.body)) : []),
  ]
  return parts.length === 0 ? [] : [`### \`${addressOf(spec)}\``, ...parts]
}

function bodyLines(schema: JsonSchema): string[] {
  const all = listOf(schema, 'allOf')
  if (all) return all.flatMap(bodyLines)
  const one = listOf(schema, 'oneOf') ?? listOf(schema, 'anyOf')
  if (one) return ['One of:', one.map((choice) => `- ${textOf(choice)}`).join('\n')]
  const fields = Object.entries(schema.properties ?? {})
  if (schema.type !== 'object') return [`Body: ${textOf(schema)}`]
  if (fields.length === 0) return schema['additionalProperties'] === false ? [] : ['Body: an object']
  const rows = fields.map(([name, field]) => [
    `\`${name}\``,
    textOf(field),
    schema.required?.includes(name) === true ? '' : 'optional',
  ])
  return [table(['body', 'holds', ''], rows)]
}

function textOf(schema: JsonSchema): string {
  return `\`${typeOf(schema, 0)}\`${boundsOf(schema)}`
}

/** In the manner of TypeScript; what is deeper than this shows its names only. */
const DEPTH = 2

function typeOf(schema: JsonSchema, depth: number): string {
  if ('const' in schema) return JSON.stringify(schema['const'])
  const choices = schema['enum'] as readonly unknown[] | undefined
  if (choices) return choices.map((choice) => JSON.stringify(choice)).join(' | ')
  const one = listOf(schema, 'oneOf') ?? listOf(schema, 'anyOf')
  if (one) return one.map((choice) => typeOf(choice, depth)).join(' | ')
  const all = listOf(schema, 'allOf')
  if (all) return all.map((part) => typeOf(part, depth)).join(' & ')
  if (schema.type === 'array') return `[${typeOf((schema['items'] ?? {}) as JsonSchema, depth)}]`
  if (schema.type === 'object') return objectOf(schema, depth)
  return schema.type ?? 'any'
}

function objectOf(schema: JsonSchema, depth: number): string {
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length === 0) return 'object'
  const named = fields.map(([name, field]) => {
    const key = `${name}${schema.required?.includes(name) === true ? '' : '?'}`
    return depth >= DEPTH ? key : `${key}: ${typeOf(field, depth + 1)}`
  })
  return `{${named.join(', ')}}`
}

function boundsOf(schema: JsonSchema): string {
  const told = [
    range(numberOf(schema, 'minLength'), numberOf(schema, 'maxLength'), ' characters'),
    range(numberOf(schema, 'minItems'), numberOf(schema, 'maxItems'), ' items'),
    range(numberOf(schema, 'minimum'), numberOf(schema, 'maximum'), ''),
    'default' in schema ? `\`${JSON.stringify(schema['default'])}\` unless said` : '',
  ].filter(Boolean)
  return told.length === 0 ? '' : `, ${told.join(', ')}`
}

/** What every number of JavaScript keeps is no bound. */
function numberOf(schema: JsonSchema, keyword: string): number | undefined {
  const value = schema[keyword] as number | undefined
  return Math.abs(value ?? 0) === Number.MAX_SAFE_INTEGER ? undefined : value
}

function range(least: number | undefined, most: number | undefined, what: string): string {
  if (most === undefined) return least === undefined ? '' : `${least}${what} at least`
  if (least === undefined) return `up to ${most}${what}`
  return least === most ? `${most}${what}` : `${least} to ${most}${what}`
}

function listOf(schema: JsonSchema, keyword: string): readonly JsonSchema[] | undefined {
  return schema[keyword] as readonly JsonSchema[] | undefined
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  // A bar would begin the next cell, in code too.
  const all = [head, ...rows].map((row) => row.map((text) => text.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)))
  const line = (row: readonly string[], filler = ' ') =>
    `| ${row.map((text, column) => text.padEnd(widths[column]!, filler)).join(' | ')} |`
  const rule = line(
    head.map(() => ''),
    '-',
  )
  return [line(all[0]!), rule, ...all.slice(1).map((row) => line(row))].join('\n')
}
