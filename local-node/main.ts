/** Composes a local node of its parts and starts it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AuditLog } from '../adapters/access/audit-log.ts'
import { CommandToken } from '../adapters/access/command-token.ts'
import { createSignedFetch } from '../adapters/access/signed-fetch.ts'
import { BranchBundles, type BranchBundlesParts } from '../adapters/bundle/branch-bundles.ts'
import { openBundleKeys } from '../adapters/bundle/bundle-keys.ts'
import { branchExceptions } from '../adapters/exchange/branch-exceptions.ts'
import { BranchSide } from '../adapters/exchange/branch-side.ts'
import type { ExceptionDesk } from '../adapters/exchange/exception-desk.ts'
import { DaySales } from '../adapters/exchange/day-sales.ts'
import { createReplica } from '../adapters/exchange/replica.ts'
import { readVerifyingKey } from '../adapters/exchange/signature.ts'
import { addErrorHandling, createApp } from '../adapters/http/app.ts'
import { addAuditRoutes } from '../adapters/http/audit-routes.ts'
import { addBranchMemberRoutes } from '../adapters/http/branch-member-routes.ts'
import { addBackupRoutes } from '../adapters/http/backup-routes.ts'
import { addBundleRoutes, type BundleDesk } from '../adapters/http/bundle-routes.ts'
import { addCollectionRoutes, CollectionEndpoint } from '../adapters/http/collection-endpoint.ts'
import { takeKept } from '../adapters/http/exception-retry.ts'
import { addExceptionRoutes } from '../adapters/http/exception-routes.ts'
import { addMetricsRoutes } from '../adapters/http/metrics-routes.ts'
import { addProbeRoutes } from '../adapters/http/probe-routes.ts'
import { RequestLimits } from '../adapters/http/request-limits.ts'
import { RouteTable } from '../adapters/http/route-table.ts'
import { startRxServer } from '../adapters/http/rx-server-shell.ts'
import { addSyncLogRoutes } from '../adapters/http/sync-log-routes.ts'
import { addStaticPages } from '../adapters/http/static-pages.ts'
import { WriteNotes } from '../adapters/http/write-notes.ts'
import { forgetErased } from '../adapters/identity/forget-erased.ts'
import { IdentityBook } from '../adapters/identity/identity-book.ts'
import type { Log } from '../adapters/log.ts'
import { NodeMetrics } from '../adapters/metrics/node-metrics.ts'
import { Backups } from '../adapters/node/backups.ts'
import { openClock } from '../adapters/node/clock-memory.ts'
import { builtPath } from '../adapters/node/installation.ts'
import { logUpgrade } from '../adapters/node/log-upgrade.ts'
import { removeNodeFile, writeNodeFile } from '../adapters/node/node-file.ts'
import { refuseLostStore } from '../adapters/node/refuse-lost-store.ts'
import { probeStore } from '../adapters/node/watchdog.ts'
import { openCollections } from '../adapters/rxdb/open-collections.ts'
import { getRxStorageSqlite } from '../adapters/sqlite/rx-storage.ts'
import { readIdentity } from '../adapters/sqlite/store-identity.ts'
import { REPLICATED_DATABASE } from '../adapters/sqlite/layout.ts'
import { Store } from '../adapters/sqlite/store.ts'
import { SYNC_LOG_FILE, SyncLog } from '../adapters/synclog/sync-log.ts'
import { SyncRecorder } from '../adapters/synclog/sync-recorder.ts'
import { openTracing } from '../adapters/tracing/open-tracing.ts'
import { createCloudFetch } from '../adapters/tls/cloud-fetch.ts'
import { SHARED_SCOPE } from '../schemas/brand.ts'
import type { CollectionDeclaration } from '../schemas/collection.ts'
import type { ChainKey } from '../schemas/member-id.ts'
import { addAccessRoutes } from './access/access-routes.ts'
import { BranchAccess } from './access/branch-access.ts'
import { addBranchRoutes } from './api.ts'
import { BranchGuard } from './branch-guard.ts'
import { BranchKey } from './branch-key.ts'
import { BranchOperations } from './branch-operations.ts'
import { startLanServer, type LanServer, type LanSettings } from './lan/lan-server.ts'
import { LegacyService, type LegacySettings } from './legacy/legacy-service.ts'
import { noteOverdraft } from './overdraft.ts'
import { openBranchIdentity, refuseUnusable, type BranchIdentity, type GivenIdentity } from './branch-identity.ts'
import { SyncService } from './sync/sync-service.ts'
import { WhereaboutsDesk } from './whereabouts.ts'

export interface BranchNodeOptions {
  readonly dataDir: string
  readonly declarations: readonly CollectionDeclaration[]
  /** Where headquarters is now, if not where it was when the branch was enrolled. */
  readonly cloudUrl?: string | undefined
  /** A PEM file of authorities that are trusted beside the usual ones. */
  readonly ca?: string | undefined
  readonly insecureHttp?: boolean | undefined
  readonly port: number
  /** The app is served in the shop's network too. */
  readonly lan?: LanSettings | undefined
  readonly intervalMs?: number | undefined
  /** Documents that an exchange grows to. */
  readonly batchSize?: number | undefined
  /** None are made by themselves without an hour. */
  readonly backup: { readonly folder: string; readonly hour?: number }
  /** A database of another system that documents are imported from, and kept as it is. */
  readonly legacy?: LegacySettings | undefined
  /** Of a collector of traces; without one, and without the environment's, there are none. */
  readonly tracing?: string | undefined
  /** How long single exchanges are remembered. */
  readonly syncLogDays?: number | undefined
  readonly log: Log
}

export interface BranchNode {
  readonly url: string
  readonly identity: BranchIdentity
  readonly lan?: LanServer
  /** Writes to the store. @throws OutpostError what hinders it */
  checkStore(): void
  stop(): Promise<void>
}

/** @throws OutpostError STORE_LOCKED, BAD_CONFIGURATION, UNENCRYPTED */
export async function startBranchNode(options: BranchNodeOptions): Promise<BranchNode> {
  const { dataDir, log, port } = options
  const store = openBranchStore(options, options.declarations, log)
  const closing: (() => Promise<void> | void)[] = [() => store.close()]
  const stop = async () => {
    for (const close of closing.toReversed()) await close()
  }
  try {
    const identity = openBranchIdentity(store, options)
    const { cloudUrl } = identity
    const key = await BranchKey.open(store, identity.facts.cloudKey)
    const cloudKey = readVerifyingKey(identity.facts.cloudKey)
    const { clock, remember } = openClock(store)
    closing.push(remember)
    const onTime = (timeMs: number) => clock.hear(timeMs)
    const link = createCloudFetch({ cloudUrl, cloudKey, ca: options.ca, onTime, log })
    closing.push(() => link.close())
    const recorder = new SyncRecorder(log)
    const nowMs = () => clock.wallMs()
    const syncLog = new SyncLog({ file: join(dataDir, SYNC_LOG_FILE), days: options.syncLogDays, log, nowMs })
    recorder.onEntry(syncLog.note)
    const writes = new WriteNotes(recorder, store, nowMs)
    closing.push(() => syncLog.close())
    const tracing = await openTracing({ node: 'branch', endpoint: options.tracing, log })
    if (tracing) recorder.onEntry(tracing.note)
    closing.push(() => tracing?.stop())
    await openBundleKeys(store)
    const { branch, book, sales, access, audit } = openBranch(store, clock, identity)
    const database = await openCollections({
      name: REPLICATED_DATABASE,
      storage: getRxStorageSqlite(store),
      declarations: store.declarations,
      stamp: clock.stamp,
      multiInstance: false,
    })
    closing.push(() => database.close().then(() => undefined))
    const operations: BranchOperations = new BranchOperations({
      branch,
      book,
      facts: identity.facts,
      cloudUrl,
      runningSync: () => sync,
      runningLegacy: () => legacy,
    })
    const legacy: LegacyService | undefined = options.legacy && openLegacy(options.legacy, operations, log)
    let isCarrying = false
    const withoutSync: BranchBundlesParts['alone'] = async (work) => {
      isCarrying = true
      try {
        // Through when the cycle that runs is.
        await sync.run()
        return await work()
      } finally {
        isCarrying = false
        void sync.run()
      }
    }
    const sync: SyncService = new SyncService({
      branch,
      host: new URL(cloudUrl).host,
      send: createSignedFetch({ cloudUrl, signer: key.signer, fetch: link.fetch }),
      key,
      log,
      enabled: () => operations.syncEnabled && !isCarrying,
      settings: () => operations.syncSettings,
      figures: () => sales.on(new Date(clock.wallMs())),
      intervalMs: options.intervalMs,
      batchSize: options.batchSize,
      recorder,
    })
    const backups = new Backups({
      source: store,
      identity: readIdentity(store)!,
      ...options.backup,
      nowMs: () => clock.wallMs(),
      log,
    })
    closing.push(() => backups.stop())
    const names = options.lan ? [options.lan.name] : []
    const app = createApp(log, { names, trustedProxies: [], isSecure: false })
    const commandToken = new CommandToken()
    const guard = new BranchGuard({ access, audit, limits: new RequestLimits(), commandToken })
    const routes = new RouteTable(app, guard)
    const endpoints = store.declarations.map(
      (declaration) =>
        new CollectionEndpoint({
          replica: branch.replica,
          declaration,
          exceptions: branch.exceptions,
          notes: writes,
          branchId: branch.branchId,
          scopes: [SHARED_SCOPE, branch.branchId],
        }),
    )
    const whereabouts = new WhereaboutsDesk({
      branch,
      contact: () => sync.contact(),
      ask: (request, signal) => sync.askWhereabouts(request, signal),
      log,
    })
    closing.push(() => whereabouts.stop())
    addBranchRoutes(routes, operations, sync, backups, whereabouts, writes)
    const status = () => ({ ...operations.status(), backup: backups.status() })
    addProbeRoutes(routes, { status, checkStore: () => probeStore(store), logTrouble: () => syncLog.trouble() })
    const metrics = new NodeMetrics({ node: 'branch', status, file: store.file })
    recorder.onEntry(metrics.note)
    addMetricsRoutes(routes, metrics)
    addBackupRoutes(routes, backups, log, 'manager')
    addBundleRoutes(routes, openBundles(branch, identity, withoutSync), log)
    const exceptions = openExceptions(branch, () => void sync.run())
    addExceptionRoutes(routes, exceptions, { look: 'cashier', act: 'manager' })
    addBranchMemberRoutes(routes, operations.members)
    addAccessRoutes(routes, access)
    addAuditRoutes(routes, audit, 'manager')
    const knowsBranch = (id: string) => id === branch.branchId
    addSyncLogRoutes(routes, { syncLog, knowsBranch, nowMs }, 'manager')
    addCollectionRoutes(routes, endpoints)
    addStaticPages(app, builtPath('local-node/web'), { compilesSchemas: true })
    addErrorHandling(app, log)
    const server = await startRxServer({ database, app, hostname: '127.0.0.1', port })
    for (const endpoint of endpoints) server.addEndpoint(endpoint as never)
    closing.push(() => server.close())
    const lan =
      options.lan && (await startLanServer({ app, lan: options.lan, store, nowMs: () => clock.wallMs(), log }))
    if (lan) closing.push(() => lan.close())
    sync.onChange(() => {
      if (!sync.status().running) tracing?.endCycle()
    })
    sync.start()
    backups.start()
    closing.push(() => sync.stop())
    legacy?.start()
    closing.push(() => legacy?.stop())
    const node = { node: 'branch', url: server.ownUrl, token: commandToken.text, pid: process.pid } as const
    writeNodeFile(dataDir, { ...node, identity: readIdentity(store)! })
    closing.push(() => removeNodeFile(dataDir))
    return { url: server.url, identity, ...(lan && { lan }), checkStore: () => probeStore(store), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The operations of a branch whose node is stopped; `close` when done. */
export function openStoppedBranch(
  dataDir: string,
  declarations: readonly CollectionDeclaration[],
): {
  operations: BranchOperations
  exceptions: ExceptionDesk
  bundles: BundleDesk
  access: BranchAccess
  close: () => void
} {
  const store = openBranchStore({ dataDir }, declarations)
  try {
    // Where headquarters is was accepted when the node ran; here nothing is sent.
    const identity = openBranchIdentity(store, { dataDir, insecureHttp: true })
    const { clock, remember } = openClock(store)
    const opened = openBranch(store, clock, identity)
    const operations = new BranchOperations({ ...opened, ...identity })
    const exceptions = openExceptions(opened.branch, () => undefined)
    const close = () => {
      remember()
      store.close()
    }
    return { operations, exceptions, bundles: openBundles(opened.branch, identity), access: opened.access, close }
  } catch (error) {
    store.close()
    throw error
  }
}

function openLegacy(settings: LegacySettings, operations: BranchOperations, log: Log): LegacyService {
  const { legacy, branch } = operations
  const nowMs = () => branch.replica.clock.wallMs()
  return new LegacyService({ ...settings, sink: legacy, countRejects: () => legacy.countRejects(), nowMs, log })
}

function openExceptions(branch: BranchSide, wake: () => void): ExceptionDesk {
  const { branchId } = branch
  const take = takeKept(branch, () => ({ branchId, scopes: [SHARED_SCOPE, branchId] }))
  return branchExceptions(branch, { take, wake })
}

function openBundles(branch: BranchSide, { facts }: BranchIdentity, alone?: BranchBundlesParts['alone']): BundleDesk {
  const bundles = new BranchBundles({
    branch,
    cloudKey: facts.cloudKey,
    onOverdraft: (overdraft) => noteOverdraft(branch.replica.store, overdraft),
    ...(alone && { alone }),
  })
  return {
    exportBundle: ({ to }, onProgress) => bundles.exportBundle(to, onProgress),
    importBundle: ({ file }, onProgress) => bundles.importBundle(file, onProgress),
  }
}

/** Makes nothing for a start that is refused. */
function openBranchStore(given: GivenIdentity, declarations: readonly CollectionDeclaration[], log?: Log): Store {
  const { dataDir } = given
  const file = join(dataDir, 'store.sqlite')
  refuseLostStore(dataDir)
  refuseUnusable(given, existsSync(file))
  return new Store({ file, declarations, tracksPending: true, ...(log && { onUpgrade: logUpgrade(log) }) })
}

function openBranch(
  store: Store,
  clock: ReturnType<typeof openClock>['clock'],
  identity: BranchIdentity,
): { branch: BranchSide; book: IdentityBook; sales: DaySales; access: BranchAccess; audit: AuditLog } {
  const { branchId, chainKey, cloudKey, currency } = identity.facts
  const replica = createReplica({ store, clock, chainKey: chainKey as ChainKey, cloudKey: readVerifyingKey(cloudKey) })
  const book = new IdentityBook(store)
  const branch = new BranchSide(replica, branchId, book)
  forgetErased(store, book, branch.exceptions)
  const nowMs = () => clock.wallMs()
  const audit = new AuditLog(store, nowMs)
  const access = new BranchAccess({ store, branchId, audit, nowMs })
  return { branch, book, sales: new DaySales(store, currency), access, audit }
}
