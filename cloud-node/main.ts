/** Composes the cloud node of its parts and starts it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CommandToken } from '../adapters/access/command-token.ts'
import { RequestNonces } from '../adapters/access/request-nonces.ts'
import { keyIdOf } from '../adapters/access/request-proof.ts'
import { openBundleKeys } from '../adapters/bundle/bundle-keys.ts'
import { CloudBundles } from '../adapters/bundle/cloud-bundles.ts'
import { cloudExceptions } from '../adapters/exchange/cloud-exceptions.ts'
import { CloudSide } from '../adapters/exchange/cloud-side.ts'
import type { ExceptionDesk } from '../adapters/exchange/exception-desk.ts'
import { createReplica } from '../adapters/exchange/replica.ts'
import { readVerifyingKey } from '../adapters/exchange/signature.ts'
import { addErrorHandling, createApp } from '../adapters/http/app.ts'
import { readChannels } from '../adapters/alerts/channel-file.ts'
import { consoleChannel } from '../adapters/alerts/channels/console.ts'
import { addAlertRoutes } from '../adapters/http/alert-routes.ts'
import { addAuditRoutes } from '../adapters/http/audit-routes.ts'
import { addBackupRoutes } from '../adapters/http/backup-routes.ts'
import { addDashboardRoutes } from '../adapters/http/dashboard-routes.ts'
import { addBundleRoutes, type BundleDesk } from '../adapters/http/bundle-routes.ts'
import { branchClients, clientOfBranch } from '../adapters/http/branch-clients.ts'
import { addCollectionRoutes, CollectionEndpoint } from '../adapters/http/collection-endpoint.ts'
import { addExchangeRoutes } from '../adapters/http/exchange-routes.ts'
import { takeKept } from '../adapters/http/exception-retry.ts'
import { addExceptionRoutes } from '../adapters/http/exception-routes.ts'
import { addMemberRoutes } from '../adapters/http/member-routes.ts'
import { RequestLimits } from '../adapters/http/request-limits.ts'
import { RouteTable } from '../adapters/http/route-table.ts'
import { startRxServer } from '../adapters/http/rx-server-shell.ts'
import { addStaticPages } from '../adapters/http/static-pages.ts'
import { addMetricsRoutes } from '../adapters/http/metrics-routes.ts'
import { addMirrorRoutes } from '../adapters/http/mirror-routes.ts'
import { addProbeRoutes } from '../adapters/http/probe-routes.ts'
import { addReconcileRoutes } from '../adapters/http/reconcile-routes.ts'
import { addSyncLogRoutes } from '../adapters/http/sync-log-routes.ts'
import { WriteNotes } from '../adapters/http/write-notes.ts'
import { addTimeRoute } from '../adapters/http/time-routes.ts'
import { forgetErased } from '../adapters/identity/forget-erased.ts'
import { openHeadquartersIdentity } from '../adapters/identity/open-identity.ts'
import type { Log } from '../adapters/log.ts'
import { NodeMetrics } from '../adapters/metrics/node-metrics.ts'
import { Backups } from '../adapters/node/backups.ts'
import { openClock } from '../adapters/node/clock-memory.ts'
import { builtPath } from '../adapters/node/installation.ts'
import { logUpgrade } from '../adapters/node/log-upgrade.ts'
import { makeFolder } from '../adapters/node/make-folder.ts'
import { removeNodeFile, writeNodeFile } from '../adapters/node/node-file.ts'
import { refuseLostStore } from '../adapters/node/refuse-lost-store.ts'
import { probeStore } from '../adapters/node/watchdog.ts'
import { openCollections } from '../adapters/rxdb/open-collections.ts'
import { getRxStorageSqlite } from '../adapters/sqlite/rx-storage.ts'
import { readIdentity } from '../adapters/sqlite/store-identity.ts'
import { createChangeFeed } from '../adapters/sqlite/store-change-feed.ts'
import { REPLICATED_DATABASE } from '../adapters/sqlite/layout.ts'
import { Store } from '../adapters/sqlite/store.ts'
import { SYNC_LOG_FILE, SyncLog } from '../adapters/synclog/sync-log.ts'
import { SyncRecorder } from '../adapters/synclog/sync-recorder.ts'
import { openTracing } from '../adapters/tracing/open-tracing.ts'
import { isLoopback, refusePlainListening, refusePlainRequest } from '../adapters/tls/encryption-policy.ts'
import { openProxyCertificate, openServerCredentials } from '../adapters/tls/server-credentials.ts'
import { DEFAULT_TIME_ZONE } from '../adapters/mysql/dashboard-days.ts'
import type { CollectionDeclaration } from '../schemas/collection.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import { addAccountRoutes } from './account-routes.ts'
import { AlertBook } from './alert-book.ts'
import { AlertSnapshots } from './alert-snapshots.ts'
import { Alerts, type AlertPlan } from './alerts.ts'
import { addCloudRoutes, statusSource, withAlerts } from './api.ts'
import { BranchRegistry } from './branch-registry.ts'
import { addChainFiguresRoute, chainFigures } from './chain-figures.ts'
import { openChain, type ChainSettings } from './chain.ts'
import { CACHE_LENGTH } from './cache-length.ts'
import { CloudGuard } from './cloud-guard.ts'
import { CloudOperations } from './cloud-operations.ts'
import { Dashboards } from './dashboards.ts'
import { addEnrolmentRoutes } from './enrolment-routes.ts'
import { Mirrors, type MirrorTarget } from './mirrors.ts'
import type { ReconcilePlan } from './reconcile-schedule.ts'
import { Reconciliation } from './reconciliation.ts'
import { TombstonePurge } from './purge-tombstones.ts'

export interface CloudNodeOptions extends ChainSettings {
  readonly dataDir: string
  readonly declarations: readonly CollectionDeclaration[]
  readonly port: number
  /** Of this machine, where it listens; only programs on it reach it unless said. */
  readonly address?: string | undefined
  /** Of hosts that it answers to, beside those of its own machine. */
  readonly names?: readonly string[] | undefined
  /** Files in PEM: it serves HTTPS itself. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined
  /** Addresses of proxies that encrypt for it. */
  readonly trustedProxies?: readonly string[] | undefined
  /** The certificate that they show, a file in PEM. */
  readonly proxyCertificate?: string | undefined
  readonly insecureHttp?: boolean | undefined
  readonly mirrors?: readonly MirrorTarget[] | undefined
  /** When rows are compared with documents, and how much is repaired without a person. */
  readonly reconcile: ReconcilePlan
  /** What is told to whom. */
  readonly alerts: AlertPlan
  /** Of a collector of traces; without one, and without the environment's, there are none. */
  readonly tracing?: string | undefined
  /** How long single exchanges are remembered. */
  readonly syncLogDays?: number | undefined
  /** IANA; of the days of the dashboards. */
  readonly timeZone?: string | undefined
  /** None are made by themselves without an hour. */
  readonly backup: { readonly folder: string; readonly hour?: number }
  readonly log: Log
}

export interface CloudNode {
  readonly url: string
  /** Writes to the store. @throws OutpostError what hinders it */
  checkStore(): void
  stop(): Promise<void>
}

const OWN_MACHINE = '127.0.0.1'

/** @throws OutpostError STORE_LOCKED, BAD_CONFIGURATION, UNENCRYPTED */
export async function startCloudNode(options: CloudNodeOptions): Promise<CloudNode> {
  const {
    dataDir,
    log,
    port,
    mirrors: targets = [],
    address = OWN_MACHINE,
    names = [],
    trustedProxies = [],
    insecureHttp = false,
  } = options
  refusePlainListening({ hostname: address, hasTls: options.tls !== undefined, trustedProxies, insecureHttp })
  const closing: (() => Promise<void> | void)[] = []
  const stop = async () => {
    for (const close of closing.toReversed()) await close()
  }
  try {
    const headquarters = openHeadquarters(options)
    const { store, cloud, registry, remember } = headquarters
    closing.push(() => store.close(), remember)
    await openBundleKeys(store)
    const database = await openCollections({
      name: REPLICATED_DATABASE,
      storage: getRxStorageSqlite(store),
      declarations: store.declarations,
      stamp: cloud.replica.clock.stamp,
      multiInstance: false,
    })
    closing.push(() => database.close().then(() => undefined))
    const nowMs = () => cloud.replica.clock.wallMs()
    const recorder = new SyncRecorder(log)
    const syncLog = new SyncLog({ file: join(dataDir, SYNC_LOG_FILE), days: options.syncLogDays, log, nowMs })
    recorder.onEntry(syncLog.note)
    const writes = new WriteNotes(recorder, store, nowMs)
    closing.push(() => syncLog.close())
    const feed = createChangeFeed(store)
    const mirrors = new Mirrors({ targets, store, feed, log, recorder })
    const operations = new CloudOperations({ ...headquarters, mirror: mirrors })
    const backups = new Backups({
      source: store,
      identity: readIdentity(store)!,
      ...options.backup,
      nowMs,
      log,
    })
    closing.push(() => backups.stop())
    const { access } = operations
    const limits = new RequestLimits()
    const nonces = new RequestNonces()
    const commandToken = new CommandToken()
    const audience = await keyIdOf(readVerifyingKey(headquarters.chain.signing.publicKey))
    const tracing = await openTracing({ node: 'headquarters', endpoint: options.tracing, log })
    if (tracing) recorder.onEntry(tracing.note)
    closing.push(() => tracing?.stop())
    const tls = options.tls && openServerCredentials(options.tls, { log, nowMs })
    const shown = tls ?? (options.proxyCertificate && openProxyCertificate(options.proxyCertificate, { log, nowMs }))
    if (shown) closing.push(() => shown.stop())
    if (names.length === 0 && !isLoopback(address)) {
      log.warn({ address }, 'no names are set: headquarters answers other machines only where they ask for its address')
    }
    const isSecure = tls !== undefined || trustedProxies.length > 0
    const app = createApp(log, { names: [...names, address], trustedProxies, isSecure })
    app.use((req, _res, next) => {
      refusePlainRequest({ isEncrypted: req.secure, remoteAddress: req.ip }, { insecureHttp })
      next()
    })
    const guard = new CloudGuard({ ...access, audience, limits, nonces, commandToken })
    const routes = new RouteTable(app, guard)
    const reconciliation = new Reconciliation({
      store,
      feed,
      mirrors,
      plan: options.reconcile,
      branches: () => operations.rows.all(() => undefined).map(({ id, verdict }) => ({ id, verdict })),
      nowMs,
      log,
    })
    const onMirrorChange = (listener: () => void) => mirrors.onChange(listener)
    const source = statusSource(operations, backups, onMirrorChange, reconciliation)
    const retries = () => cloud.exceptions.countWaiting()
    const branchIds = () => registry.branches().map(({ id }) => id)
    const figures = chainFigures({ syncLog, branchIds, retries, nowMs })
    const snapshots = new AlertSnapshots({
      status: source.status,
      retries,
      figures,
      syncLog,
      file: store.file,
      nowMs,
    })
    const alerts = new Alerts({
      book: new AlertBook(store),
      plan: options.alerts,
      channels: [consoleChannel(log), ...readChannels(options.alerts.channelFiles, nowMs)],
      snapshot: () => snapshots.take(),
      onChange: source.onChange,
      nowMs,
      steadyMs: () => performance.now(),
      log,
    })
    addCloudRoutes(routes, operations, withAlerts(source, alerts), writes)
    addMirrorRoutes(routes, mirrors)
    addReconcileRoutes(routes, reconciliation)
    addAlertRoutes(routes, alerts)
    const logTrouble = () => syncLog.trouble()
    addProbeRoutes(routes, { status: source.status, checkStore: () => probeStore(store), logTrouble })
    const metrics = new NodeMetrics({ node: 'headquarters', status: source.status, retries, file: store.file })
    recorder.onEntry(metrics.note)
    addMetricsRoutes(routes, metrics)
    const knowsBranch = (id: string) => registry.find(id) !== undefined
    const dashboards = new Dashboards({
      target: targets[0],
      mirrors,
      knowsBranch,
      timeZone: options.timeZone ?? DEFAULT_TIME_ZONE,
      currency: headquarters.chain.currency,
      nowMs,
    })
    closing.push(() => dashboards.stop())
    addDashboardRoutes(routes, dashboards)
    addMemberRoutes(routes, operations.members)
    addBackupRoutes(routes, backups, log, 'administrator')
    addBundleRoutes(routes, openBundles(headquarters), log)
    addExceptionRoutes(routes, openExceptions(headquarters), { look: 'viewer', act: 'operator' })
    addAccountRoutes(routes, access.accounts)
    addAuditRoutes(routes, access.audit, 'administrator')
    addSyncLogRoutes(routes, { syncLog, knowsBranch, nowMs }, 'viewer')
    addChainFiguresRoute(routes, figures)
    addEnrolmentRoutes(routes, access, { nonces, limits })
    const { key, publicKey } = headquarters.chain.signing
    addTimeRoute(routes, { key, publicKey, nowMs, certificateHashes: () => (shown ? shown.hashes() : []) })
    addExchangeRoutes(routes, cloud, operations.exchangeHooks, undefined, recorder)
    const clientOf = branchClients(cloud, headquarters.identity, registry)
    const endpoints = store.declarations.map(
      (declaration) =>
        new CollectionEndpoint({
          replica: cloud.replica,
          declaration,
          exceptions: cloud.exceptions,
          notes: writes,
          clientOf,
        }),
    )
    addCollectionRoutes(routes, endpoints)
    addStaticPages(app, builtPath('cloud-node/web'), { compilesSchemas: false })
    addErrorHandling(app, log)
    const server = await startRxServer({ database, app, hostname: address, port, tls })
    for (const endpoint of endpoints) server.addEndpoint(endpoint as never)
    closing.push(() => server.close())
    mirrors.start(operations.takesIn)
    closing.push(() => mirrors.stop())
    reconciliation.start()
    closing.push(() => reconciliation.stop())
    backups.start()
    alerts.start()
    closing.push(() => alerts.stop())
    const purge = new TombstonePurge({
      cloud,
      registry,
      mirroredUpTo: () => mirrors.mirroredUpTo(),
      log,
    })
    purge.start()
    closing.push(() => purge.stop())
    const node = { node: 'cloud', url: server.ownUrl, token: commandToken.text, pid: process.pid } as const
    writeNodeFile(dataDir, { ...node, identity: readIdentity(store)! })
    closing.push(() => removeNodeFile(dataDir))
    return { url: server.url, checkStore: () => probeStore(store), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * The operations of headquarters while its node is stopped; `close` when done.
 *
 * @param begins one where there is none yet
 * @throws OutpostError BAD_CONFIGURATION, STORE_LOST, STORE_LOCKED
 */
export function openStoppedCloud(
  dataDir: string,
  declarations: readonly CollectionDeclaration[],
  begins = false,
): { operations: CloudOperations; exceptions: ExceptionDesk; bundles: BundleDesk; close: () => void } {
  refuseLostStore(dataDir)
  if (!begins && !existsSync(join(dataDir, 'store.sqlite'))) {
    const message = `${dataDir} holds no headquarters: name its folder with --data, or begin one with \`outpost cloud start\``
    throw new OutpostError('BAD_CONFIGURATION', message, { field: 'data' })
  }
  const headquarters = openHeadquarters({ dataDir, declarations })
  const { store, remember } = headquarters
  const close = () => {
    remember()
    store.close()
  }
  return {
    operations: new CloudOperations(headquarters),
    exceptions: openExceptions(headquarters),
    bundles: openBundles(headquarters),
    close,
  }
}

function openBundles({ cloud, registry, chain }: ReturnType<typeof openHeadquarters>): BundleDesk {
  const bundles = new CloudBundles({ cloud, branches: registry, signing: chain.signing })
  return {
    exportBundle({ branchId, to }, onProgress) {
      if (branchId !== undefined) return bundles.exportBundle(branchId, to, onProgress)
      throw new OutpostError('BAD_REQUEST', 'branchId: which branch it is for', { field: 'branchId' })
    },
    importBundle: ({ file, ...options }, onProgress) => bundles.importBundle(file, { ...options, onProgress }),
  }
}

function openExceptions({ cloud, identity }: ReturnType<typeof openHeadquarters>): ExceptionDesk {
  const take = takeKept(cloud, (branchId) => clientOfBranch(cloud, identity, branchId))
  return cloudExceptions(cloud, { take })
}

function openHeadquarters(
  options: ChainSettings & Pick<CloudNodeOptions, 'dataDir' | 'declarations'> & { readonly log?: Log },
) {
  makeFolder(options.dataDir)
  refuseLostStore(options.dataDir)
  const file = join(options.dataDir, 'store.sqlite')
  const store = new Store({
    file,
    declarations: options.declarations,
    tracksPending: false,
    cacheLength: CACHE_LENGTH,
    ...(options.log && { onUpgrade: logUpgrade(options.log) }),
  })
  try {
    const chain = openChain(store, options)
    const { clock, remember } = openClock(store)
    const replica = createReplica({
      store,
      clock,
      chainKey: chain.key,
      // Decisions that were lost with a store come back from branches, and prove themselves.
      cloudKey: readVerifyingKey(chain.signing.publicKey),
    })
    const identity = openHeadquartersIdentity(replica, chain.signing.key)
    const cloud = new CloudSide(replica, identity)
    forgetErased(store, identity.book, cloud.exceptions)
    const registry = new BranchRegistry(cloud, () => clock.wallMs(), chain.overdraft)
    return { store, cloud, registry, chain, identity, remember }
  } catch (error) {
    store.close()
    throw error
  }
}
