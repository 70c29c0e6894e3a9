/** Everything that a branch asks its store about a legacy database. */
import type { BranchOperations } from '../../../local-node/branch-operations.ts'

export async function useLegacy({ legacy }: BranchOperations): Promise<void> {
  const source = 'till'
  const origin = { file: 'sales', line: 0 }
  const order = {
    kind: 'order',
    origin,
    source,
    legacyId: '1',
    number: '1',
    placedAt: '2026-03-01T02:00:00.000Z',
  } as const
  const record = { ...order, status: 'paid', currency: 'CNY', lines: [] } as const
  const reject = { kind: 'order', legacyId: '2', code: 'VALUE', reason: 'for the list' } as const
  const progress = { fingerprint: 'f', cursor: 'done', position: { by: 'watermark', newest: {} } } as const
  await legacy.take({ source, records: [record], rejects: [reject], gone: [], progress })
  await legacy.take({ source, records: [], rejects: [], gone: [{ kind: 'order', legacyId: '1' }] })
  await legacy.progress(source)
  legacy.countRejects()
  legacy.view()
}
