/** Runs `import mysql`: reads a legacy database page by page and hands the rows on. */
import { stderr } from 'node:process'
import { importLegacy, type LegacyImportReport } from '../legacy/import-legacy.ts'
import type { LegacyPosition } from '../legacy/legacy-batch.ts'
import { connectLegacy, toLegacyError } from '../legacy/legacy-connection.ts'
import { LegacyReader } from '../legacy/legacy-reader.ts'
import { LEGACY_URL, parseLegacyUrl } from '../legacy/legacy-url.ts'
import { prepareLegacy } from '../legacy/prepare-legacy.ts'
import { hasWatermark, readWatermarks } from '../legacy/watermark-follower.ts'
import { readBinlogState } from '../mysql/binlog-state.ts'
import type { MysqlSession } from '../mysql/mysql-session.ts'
import type { MysqlTarget } from '../mysql/mysql-target.ts'
import { EXIT } from './exit-codes.ts'
import type { ImportMysqlFlags, OpenLegacySink } from './import-mysql.ts'
import { readSecret } from './read-secret.ts'
import { reportError } from './report-error.ts'

export async function runImportMysql(open: OpenLegacySink, flags: ImportMysqlFlags): Promise<number> {
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new Error('interrupted; run it again, and it goes on where it was'))
  process.once('SIGINT', interrupt)
  const closing: (() => void)[] = []
  try {
    const question = 'Address of the legacy database, mysql://user:password@host:port/database'
    const named = flags.urlFile ?? (process.env[LEGACY_URL] ? LEGACY_URL : 'the address')
    const target = parseLegacyUrl(await readSecret({ question, env: LEGACY_URL, file: flags.urlFile }), named)
    const { signal } = interrupted
    const session = await connectLegacy(target, signal)
    closing.push(() => session.destroy())
    signal.addEventListener('abort', () => session.destroy(), { once: true })
    const prepared = await prepareLegacy(session, { mappingFile: flags.map, parameters: flags.set })
    const { sink, close } = await open(flags.data)
    closing.push(close)
    const reader = new LegacyReader(session, prepared)
    const showsProgress = flags.json !== true && stderr.isTTY
    const report = await importLegacy({
      reader,
      sink,
      position: () => positionOf(session, target, reader, signal),
      signal,
      onProgress: ({ section, rows }) => {
        if (showsProgress) stderr.write(`\r${section}s: ${rows} rows read`)
      },
    }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw toLegacyError(error, target)
    })
    if (showsProgress) stderr.write('\n')
    process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : inWords(report))
    return report.rejected > 0 ? EXIT.partly : EXIT.done
  } catch (error) {
    return reportError(error, flags.json)
  } finally {
    process.off('SIGINT', interrupt)
    for (const close of closing.toReversed()) close()
  }
}

/** From where on a node takes changes that is told later to follow the database. */
async function positionOf(
  session: MysqlSession,
  target: MysqlTarget,
  { prepared }: LegacyReader,
  signal: AbortSignal,
): Promise<LegacyPosition | undefined> {
  const state = await readBinlogState(session, target, signal)
  if (state.readable) return { by: 'binlog', ...state.end }
  return hasWatermark(prepared) ? readWatermarks(session, prepared) : undefined
}

function inWords(report: LegacyImportReport): string {
  const lines = (['member', 'order'] as const).map((kind) => {
    const { inserted, updated, unchanged } = report
    return `${`${kind}s`.padEnd(9)} ${inserted[kind]} new, ${updated[kind]} changed, ${unchanged[kind]} as before`
  })
  if (report.resumed) lines.unshift('went on where it was ended before')
  for (const note of report.notes) lines.push(`warning: ${note}`)
  if (report.warnings > report.notes.length) lines.push(`… and ${report.warnings - report.notes.length} more warnings`)
  if (report.rejected > 0) lines.push(`rejected: ${report.rejected} rows; outpost branch legacy rejects names them`)
  return `${lines.join('\n')}\n`
}
