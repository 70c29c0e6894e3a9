/** What makes a plan of SQLite's one that gets slower with every document of a store. */
import type { RecordedStatement } from './statement-recorder.ts'

/** The steps that go over more than what is asked for; none is as it should be. */
export function slowSteps({ sql, plan }: Pick<RecordedStatement, 'sql' | 'plan'>): string[] {
  return plan.map((step) => step.trim()).filter((step) => isScan(step) || isSort(step) || isScanInDisguise(step, sql))
}

function isScan(step: string): boolean {
  // What a subquery has found and the rows of an INSERT are no table.
  return step.startsWith('SCAN') && !/^SCAN (\(subquery-\d+\)|json_each\b|n-ROW VALUES CLAUSE)/.test(step)
}

function isSort(step: string): boolean {
  return step.startsWith('USE TEMP B-TREE')
}

/** Each index begins with whether a document is deleted: with nothing more than that, the search goes over all of them. */
function isScanInDisguise(step: string, sql: string): boolean {
  const asksForMore = !/WHERE deleted = [?01]( ORDER BY .*)?( LIMIT .*)?$/.test(sql)
  return asksForMore && /^SEARCH .* \(deleted=\?\)$/.test(step)
}
