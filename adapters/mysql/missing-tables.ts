/** What is said of tables and views that MySQL misses: the mirror sees to them whenever it connects. */
import { OutpostError } from '../../schemas/outpost-error.ts'
import { columnsLacking, isView } from './plan-mirror.ts'
import type { TableDefinition } from './table-definition.ts'

/** Whether MySQL itself has just said so: what has been told in words already is told once. */
export function missesTables({ code, cause }: OutpostError): boolean {
  return code === 'MIRROR_TABLES' && cause !== undefined && !(cause instanceof OutpostError)
}

/**
 * The failure as whoever asks hears it.
 *
 * @param create whether the mirror may make what is missing
 */
export function asTold(failure: OutpostError, create: boolean): OutpostError {
  if (!missesTables(failure)) return failure
  const now = create
    ? 'the mirror looks at its tables again: what is missing it makes, and writes it anew; ask again afterwards'
    : 'the mirror looks at its tables again, but may make none by its configuration; make them, then ask again'
  return new OutpostError('MIRROR_TABLES', `${failure.message}; ${now}`, { cause: failure })
}

/**
 * Why the mirror does not make a view again that is missing, and what there is to do.
 *
 * @param made those that it makes; unknown before it has connected
 * @returns `undefined` where it does make them
 */
export function whyNoView(
  failure: OutpostError,
  views: readonly string[],
  {
    made,
    create,
    definitions,
  }: {
    readonly made: ReadonlySet<string> | undefined
    readonly create: boolean
    readonly definitions: readonly TableDefinition[]
  },
): OutpostError | undefined {
  const view = made && views.find((name) => isView(name) && !made.has(name))
  if (view === undefined) return undefined
  const lacking = columnsLacking(definitions, view)
  const why =
    lacking.length > 0
      ? `the view ${view} is not made, as the mapping has no ${lacking.join(', ')}; add that, then start headquarters again`
      : create
        ? `the view ${view} is not made, as another program has a table of that name; rename that, then start headquarters again`
        : `the mirror may make no view by its configuration; \`outpost mirror init\` makes what is missing`
  return new OutpostError('MIRROR_TABLES', `${failure.message}; ${why}`, { cause: failure })
}
