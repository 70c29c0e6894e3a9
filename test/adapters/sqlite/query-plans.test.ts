/**
 * How SQLite answers every statement of the product, listed in `query-plans.txt`. After a change that is meant:
 * `npm test -- test/adapters/sqlite/query-plans.test.ts -u`, and read what has become of the list.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refuseOtherLayout } from '../../../adapters/sqlite/check-layout.ts'
import { temporaryFolder } from '../../support/node-process.ts'
import { slowSteps } from './plan-rules.ts'
import { recordStatements, type RecordedStatement, type StatementRecorder } from './statement-recorder.ts'
import { useWholeProduct } from './whole-product.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SOURCES = ['adapters', 'local-node', 'cloud-node']
/** Calls that make a statement or give one of its parts; `select` and its like stand on a table. */
const ASKS = /\.(prepare|preparePlucked)\(|\btable(\([^()]*\))?\.(select|count|iterate)\(/

/** By statement: why its scan or its sorting stays small. */
const ALLOWED: Readonly<Record<string, string>> = {
  'SELECT count(*) FROM legacy_reject': 'ten thousand at most are kept, and the index is read alone',
  'SELECT source, kind, legacy_id AS legacyId, code, field, reason, at FROM legacy_reject ORDER BY number DESC LIMIT ?':
    'from its end, as many as are asked for',
  'SELECT branch_id AS branchId, kind, failures, at FROM failure_row':
    'once at opening, a few rows for each branch that fails',
  'SELECT code, sum(count) AS count FROM failure WHERE branch_id = ? AND at > ? AND at <= ? GROUP BY code':
    'what failed on one day, a few codes',
  'SELECT number FROM stretch WHERE newest >= ? ORDER BY number LIMIT 1': 'one row for each thousand entries of a log',
  'SELECT number FROM stretch WHERE oldest < ? ORDER BY number DESC LIMIT 1':
    'one row for each thousand entries of a log',
  'SELECT count(*) AS n FROM sqlite_schema': 'once at opening, the list of tables',
  'SELECT sql FROM sqlite_schema WHERE name = ?': 'at opening, the list of tables',
  "SELECT name FROM sqlite_schema WHERE type = 'table'": 'once at a restore, the list of tables',
  'SELECT name, sql AS definition FROM sqlite_schema WHERE sql IS NOT NULL':
    'at opening, a list of tables that was made in memory for it',
  'SELECT key_number AS key, scope, bucket, documents, sum FROM digest':
    'once at opening, and all of it is wanted: 64 rows for each scope of a collection',
  'SELECT number FROM storage_key': 'once at opening, one row for each collection',
  'SELECT id FROM member_redirect UNION SELECT id FROM member_number UNION SELECT registration_id FROM registration_home':
    'once at opening, and all of it is wanted: the ids that decisions speak of',
  "UPDATE reconcile_run SET state = 'stopped', error_code = ?, error_message = ? WHERE state = 'running'":
    'once at opening, a thousand rows at most',
  'SELECT id, mirror, kind, state, scope, dry_run AS dryRun, from_seq AS fromSeq, approves, started_at AS startedAt, ended_at AS endedAt, documents, rows, different, repaired, open, in_flight AS inFlight, parked, branches, error_code AS errorCode, error_message AS errorMessage FROM reconcile_run ORDER BY id DESC LIMIT ?':
    'from its end, a hundred rows at most',
  "DELETE FROM reconcile_run WHERE id <= ? AND open = 0 AND id NOT IN (SELECT MAX(id) FROM reconcile_run WHERE kind = 'all' AND scope = '{}' AND (state IN ('done', 'waiting', 'approved') OR (state = 'stopped' AND error_code IS NULL)) GROUP BY mirror) RETURNING id":
    'a thousand runs and those that are open, once a run: the last one over everything of each mirror stays',
  'SELECT id, mirror, state, scope, kind, dry_run AS dryRun, open FROM reconcile_run INDEXED BY reconcile_run_open WHERE open > 0':
    'the index holds only what is asked for',
  'SELECT record FROM alert INDEXED BY alert_open WHERE ended_at IS NULL':
    'once at opening, and the index holds only what is asked for',
  'SELECT count(*) FROM exception INDEXED BY exception_wanted WHERE tries < 3':
    'the index holds only what is counted: what is tried again by itself',
  'SELECT seq FROM store_head': 'one row',
  'UPDATE store_head SET seq = ?': 'one row',
  'SELECT epoch, first_seq AS firstSeq FROM store_epoch ORDER BY rowid':
    'once at opening, and all of it is wanted: one row for each time the store was opened',
  'SELECT epoch FROM store_epoch ORDER BY rowid DESC LIMIT 1': 'from its end, one row',
  'SELECT epoch, first_seq AS firstSeq FROM store_epoch ORDER BY rowid DESC LIMIT 1': 'from its end, one row',
  'SELECT seq FROM documents NOT INDEXED ORDER BY seq DESC LIMIT 1': 'from its end, one row',
  'SELECT class, epoch, seq, collections, loading FROM position': 'all of it is wanted: one row for each class',
  'UPDATE position SET loading = 1': 'all of it is meant: one row for each class',
  'SELECT epoch FROM cloud_epoch ORDER BY rowid DESC LIMIT 1': 'from its end, one row',
  'SELECT epoch, first_seq AS firstSeq FROM cloud_epoch ORDER BY rowid':
    "all of it is wanted, when headquarters was restored: one row for each of its store's openings",
  'DELETE FROM acceptance WHERE seq > ?': 'once when headquarters was restored',
  'UPDATE documents SET state = ?, since = ?, pending = seq WHERE state = 0':
    'once when headquarters was restored, and all of it is meant',
  "SELECT DISTINCT collection, document_id AS id FROM exception WHERE direction IN ('push', 'pull') LIMIT ?":
    'a thousand at most are sorted: with more of them nothing is compared',
  'WITH asked (document) AS (SELECT value FROM json_each(?)) SELECT collection, document_id AS id, seq AS foldedSeq, member_id AS memberId, registration_id AS registrationId, points, value FROM asked CROSS JOIN contribution ON collection = ? AND document_id = document ORDER BY document_id, seq DESC':
    'the scan is of what was asked for, a page of documents; what was folded of them is sorted',
  'SELECT name, value FROM setting': 'all of them are wanted, a few dozen, when a person has a stopped node examined',
  'SELECT branch_id FROM recovery_done': 'all of it is wanted: one row for each branch',
  'SELECT member_id AS id, phone FROM recovered_phone': 'once when a recovery ends, and all of it is wanted',
  'SELECT seq, state, since, pending, scope, origin, hash, doc FROM documents INDEXED BY documents_tombstone WHERE deleted = 1 AND state = 0 AND seq <= ? ORDER BY lwt LIMIT ?':
    'the index holds tombstones only; those that stay are those that a branch has not taken',
  'SELECT epoch, host, heard_at AS heardAtMs, is_suspect AS isSuspect, dead_after AS deadAfter FROM branch_start WHERE branch_id = ? ORDER BY heard_at DESC':
    'the starts of one branch, when a person looks at it',
  'DELETE FROM branch_start WHERE branch_id = ? AND epoch <> ? AND is_suspect = 0 AND heir IS NULL AND dead_after IS NULL AND heard_at < ( SELECT heard_at FROM branch_start WHERE branch_id = ? ORDER BY heard_at DESC LIMIT 1 OFFSET ?)':
    'the starts of one branch, of which only the last ones are kept, when it starts once more',
  'SELECT signing, recipient FROM branch_key WHERE branch_id = ? ORDER BY heard_at DESC':
    'the keys of one branch: one for each PC that it has had',
  'SELECT day, orders, sales, currency, heard_at AS heardAtMs FROM branch_stats WHERE branch_id = ? ORDER BY heard_at DESC, day DESC LIMIT ?':
    'thirty days of one branch',
  'DELETE FROM branch_stats WHERE branch_id = ? AND heard_at < (SELECT heard_at FROM branch_stats WHERE branch_id = ? ORDER BY heard_at DESC LIMIT 1 OFFSET ?)':
    'thirty days of one branch',
  'SELECT delivery, class, receipts FROM receipt ORDER BY number':
    'all of it is wanted: what headquarters has not confirmed, one row for each class at most',
  'SELECT count(*) FROM exception WHERE tries >= 3 AND (? IS NULL OR branch_id = ?)':
    'the index holds only what is counted',
  'SELECT count(*) FROM balance INDEXED BY balance_negative WHERE points < 0 OR value < 0':
    'the index holds only what is counted',
  'SELECT member_id AS memberId, points, value FROM balance INDEXED BY balance_negative WHERE points < 0 OR value < 0 ORDER BY member_id LIMIT ?':
    'the index holds only what is asked for',
  'SELECT count(*) FROM documents': 'once when the store of an older program is opened, and all of it is migrated then',
  'SELECT id, hash, doc FROM documents':
    'the check of a backup reads all of it, in a process of its own that nobody waits for',
  'SELECT id, name, holder, branch_id AS branchId, created_ms AS createdMs, last_seen_ms AS lastSeenMs FROM program ORDER BY created_ms, id':
    'all of it is wanted, when a person looks at it: the programs that are let in',
  'SELECT id, name, holder, branch_id AS branchId, created_ms AS createdMs, last_seen_ms AS lastSeenMs FROM device ORDER BY created_ms, id':
    'all of it is wanted, when a person looks at it: the devices of one shop',
  'SELECT id, name, paired_ms AS pairedMs, shut_out_ms AS shutOutMs FROM shut_out_device ORDER BY shut_out_ms DESC, id':
    'all of it is wanted, when a person looks at it: the devices of one shop that were shut out',
  'SELECT id, name, name_key AS nameKey, role, password_hash AS passwordHash, is_closed AS isClosed, created_at AS createdAt, seen_at AS seenAt FROM account ORDER BY name_key':
    'all of it is wanted, when a person looks at it or changes it: the people of headquarters',
  'SELECT id, name, role, pin_hash AS pinHash, is_pin_long AS isPinLong, closed FROM staff':
    'all of it is wanted: the people of one shop',
  'SELECT seq FROM documents WHERE deleted = ? ORDER BY placedAt DESC, id LIMIT ? OFFSET ?':
    'RxDB sorts backwards by the field and forwards by the id: only documents of the same time are sorted',
}

let folder: { path: string; remove: () => void }
let recorder: StatementRecorder

beforeAll(async () => {
  folder = temporaryFolder()
  recorder = recordStatements()
  lookAtNewLayout()
  await useWholeProduct(folder.path).finally(() => recorder.stop())
})

afterAll(() => folder.remove())

/** A process looks once at what makes a table, and a test file before this one may have had it look at all of them. */
function lookAtNewLayout(): void {
  const db = new Database(':memory:')
  refuseOtherLayout(db, `CREATE TABLE new_layout (id TEXT); -- ${folder.path}`, 'made')
  db.close()
}

describe('every statement of the product', () => {
  it('is listed with the plan that SQLite makes for it', async () => {
    const searching = recorder.statements().filter(({ plan }) => plan.length > 0)
    const others = recorder.statements().filter(({ plan }) => plan.length === 0)
    const list = [
      ...searching.map(asListed).toSorted(),
      `Nothing to search:\n${[...new Set(others.map(({ sql }) => `  ${sql}`))].toSorted().join('\n')}\n`,
    ]
    await expect(list.join('\n')).toMatchFileSnapshot('./query-plans.txt')
  })

  it('finds what it needs by an index, in the order of the index', () => {
    const slow = recorder.statements().filter((statement) => slowSteps(statement).length > 0)
    expect(slow.filter(({ sql }) => !(sql in ALLOWED)).map(asListed)).toEqual([])
  })

  it('is needed to go over a table wherever that is allowed', () => {
    const slow = recorder.statements().filter((statement) => slowSteps(statement).length > 0)
    expect(Object.keys(ALLOWED).filter((sql) => !slow.some((statement) => statement.sql === sql))).toEqual([])
  })

  it('was asked for: no line of the product that asks for one was left out', () => {
    const asked = recorder.callSites()
    const sites = SOURCES.flatMap((source) => filesIn(join(ROOT, source))).flatMap(sitesThatAsk)
    expect(sites.length).toBeGreaterThan(50)
    expect(sites.filter(({ at }) => !asked.has(at)).map(({ at, line }) => `${at} ${line}`)).toEqual([])
  })

  it('is prepared unless it only makes, changes or drops tables', () => {
    const other = [...recorder.executed()].flatMap((text) =>
      text
        .replaceAll(/--.*$/gm, '')
        .split(';')
        .map((statement) => statement.trim())
        .filter((statement) => !/^(ALTER|CREATE|DROP|BEGIN|COMMIT|ROLLBACK|$)/.test(statement)),
    )
    const kinds = other.map((statement) => statement.replace(/ VALUES.*$/s, ''))
    expect([...new Set(kinds)].toSorted()).toEqual([
      'ANALYZE setting',
      'ANALYZE sqlite_schema',
      'INSERT INTO sqlite_stat1',
      'INSERT INTO store_head',
    ])
  })
})

function asListed({ sql, plan, files }: RecordedStatement): string {
  const stores = new Set([...files].map((file) => (basename(file).startsWith('cloud') ? 'headquarters' : 'branch')))
  const why = ALLOWED[sql]
  return [
    sql,
    ...plan.map((step) => `  ${step}`),
    `  -- ${[...stores].toSorted().join(', ')}${why === undefined ? '' : `; allowed: ${why}`}`,
    '',
  ].join('\n')
}

function sitesThatAsk(file: string): { at: string; line: string }[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, i) =>
    ASKS.test(line) ? [{ at: `${relative(ROOT, file)}:${i + 1}`, line: line.trim() }] : [],
  )
}

function filesIn(source: string): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(source, name))
}
