/** The addresses of a local node for its pages, its commands and other programs in the shop. */
import { z } from 'zod'
import { addOpenRoutes } from '../adapters/http/openapi-routes.ts'
import { addDocumentRoutes } from '../adapters/http/document-routes.ts'
import type { RouteTable } from '../adapters/http/route-table.ts'
import type { WriteNotes } from '../adapters/http/write-notes.ts'
import { addStatusRoutes } from '../adapters/http/status-routes.ts'
import type { Log } from '../adapters/log.ts'
import type { Backups } from '../adapters/node/backups.ts'
import { idSchema } from '../schemas/protocol/identity.ts'
import type { BranchSession } from '../schemas/protocol/session.ts'
import { refreshBodySchema, whereaboutsBodySchema, type RefreshAnswer } from '../schemas/protocol/whereabouts.ts'
import type { BranchOperations } from './branch-operations.ts'
import { addLegacyRoutes } from './legacy/legacy-routes.ts'
import { settingsChangeSchema } from './sync/sync-settings.ts'
import type { SyncService } from './sync/sync-service.ts'
import type { WhereaboutsDesk } from './whereabouts.ts'

const nothing = z.strictObject({})
const settingsBody = z.discriminatedUnion('action', [
  z.strictObject({ action: z.enum(['on', 'off']) }),
  settingsChangeSchema.extend({ action: z.literal('set') }),
])
const memberPath = z.object({ id: idSchema })

export function addBranchRoutes(
  routes: RouteTable,
  operations: BranchOperations,
  sync: SyncService,
  backups: Backups,
  whereabouts: WhereaboutsDesk,
  writes: WriteNotes,
): void {
  const { store } = operations.branch.replica
  addOpenRoutes(routes, 'branch')
  routes.add(
    {
      method: 'GET',
      path: '/api/session',
      access: 'device',
      about: 'What the branch app must know before anything else: whose branch it is, and how it names members.',
    },
    () => {
      const { branchId, chainKey, country, currency } = operations.facts
      const { branchName, overdraft } = operations
      return { branchId, branchName, chainKey, country, currency, overdraft } satisfies BranchSession
    },
  )
  addStatusRoutes(
    routes,
    {
      status: () => ({ ...operations.status(), backup: backups.status() }),
      onChange: (listener) => {
        const { legacy } = operations
        const parts = [sync, backups, legacy].map((part) => part.onChange(listener))
        const stops = [store.onCommit(listener), operations.branch.exceptions.onChange(listener), ...parts]
        return () => stops.forEach((stop) => stop())
      },
    },
    routes.app.locals['log'] as Log,
    'device',
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/sync',
      access: 'cashier',
      about: 'Runs a cycle now, and answers with the status after it, or after 8 s.',
      body: nothing,
    },
    () => operations.setSync('now'),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/sync/settings',
      access: 'manager',
      about: 'Turns synchronisation on or off, or sets what, when and how fast; answers with the status.',
      body: settingsBody,
      audit: 'sync.set',
    },
    ({ body: { action, ...change } }) => operations.setSync(action, change),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/whereabouts',
      access: 'cashier',
      about: 'How far documents have come: this node, headquarters, the mirror; or that headquarters refuses them.',
      body: whereaboutsBodySchema,
    },
    ({ body: { collection, ids } }) => whereabouts.of(collection, ids),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/refresh',
      access: 'cashier',
      about: 'Asks headquarters for the newest state of a document that somebody opens, without waiting for it.',
      body: refreshBodySchema,
      status: 202,
    },
    ({ body }) => ({ asked: sync.refresh(body) }) satisfies RefreshAnswer,
  )
  addLegacyRoutes(routes, operations.legacy)
  const access = { import: 'manager', read: 'cashier', write: 'cashier' } as const
  addDocumentRoutes(routes, operations, access, 'of this branch', writes)
  routes.add(
    {
      method: 'GET',
      path: '/api/members/:id/balance',
      access: 'cashier',
      about: "A member's balance as this branch knows it: headquarters', corrected by its own documents.",
      params: memberPath,
    },
    ({ params }) => operations.balanceOf(params.id),
  )
}
