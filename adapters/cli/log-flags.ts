/** What `outpost log` is asked for, checked before a log is opened. */
import { InvalidArgumentError, Option, type Command } from 'commander'
import { ERROR_CATALOGUE } from '../../schemas/error-catalogue.ts'
import { readDocumentPath, REQUEST_ID, SYNC_LOG_KINDS, type SyncLogKind } from '../../schemas/protocol/sync-log.ts'
import type { SyncLogQuery } from '../synclog/log-search.ts'
import { dataFlag, jsonFlag, parseLimit } from './options.ts'

export interface LogFlags {
  readonly data?: string
  readonly branch?: string
  readonly kind?: SyncLogKind
  readonly failed?: boolean
  readonly refused?: boolean
  readonly code?: string
  readonly request?: string
  readonly document?: SyncLogQuery['document']
  /** ms since 1970, as `to`. */
  readonly from?: number
  readonly to?: number
  readonly limit: number
  readonly follow?: boolean
  readonly json?: boolean
}

export function withLogFlags(command: Command): Command {
  return command
    .addOption(dataFlag())
    .option('--branch <id>', 'at headquarters: of this branch only')
    .addOption(new Option('--kind <kind>', 'only what is of this kind').choices(SYNC_LOG_KINDS))
    .option('--failed', 'only what failed')
    .addOption(
      new Option('--refused', 'only what was refused since headquarters does not let the branch in').conflicts(
        'failed',
      ),
    )
    .option('--code <code>', 'only what ended with this code', parseCode)
    .addOption(
      new Option('--request <id>', 'a request, and what became of the documents that it carried')
        .argParser(parseRequest)
        // All of it is shown, and once.
        .conflicts(['branch', 'kind', 'failed', 'refused', 'code', 'document', 'from', 'to', 'limit', 'follow']),
    )
    .option('--document <collection/id>', 'only what carried this document', parseDocument)
    .option('--from <time>', 'only from then on: 2026-11-22 or "2026-11-22 18:30", by this PC’s zone', parseMoment)
    .option('--to <time>', 'only before then', parseMoment)
    .option('--limit <number>', 'how many at most, to 1000', parseLimit, 50)
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .addOption(jsonFlag('one line of JSON for each entry'))
}

export function queryOf(flags: LogFlags): SyncLogQuery {
  const { branch, kind, failed, refused, code, document, from, to, limit } = flags
  const outcome = failed ? 'failed' : refused ? 'refused' : undefined
  return { limit, branch, kind, outcome, code, document, fromMs: from, toMs: to }
}

function parseDocument(text: string): NonNullable<SyncLogQuery['document']> {
  const path = readDocumentPath(text)
  if (path) return path
  throw new InvalidArgumentError('It must be a collection and an id, such as orders/o-1.')
}

function parseRequest(text: string): string {
  if (REQUEST_ID.test(text)) return text
  throw new InvalidArgumentError(
    'It must be 1 to 64 letters, digits, dots, underscores and dashes, such as nlsPFcWn9NuY.1.',
  )
}

function parseCode(text: string): string {
  const code = text.toUpperCase()
  if (Object.hasOwn(ERROR_CATALOGUE, code)) return code
  throw new InvalidArgumentError('It must be one of docs/errors.md, such as TOO_BUSY.')
}

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/

function parseMoment(text: string): number {
  const [, day, time = '00:00', zone = ''] = MOMENT.exec(text) ?? []
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`)
  if (!Number.isNaN(ms)) return ms
  throw new InvalidArgumentError('It must be a time such as 2026-11-22T18:30, or its day alone.')
}
