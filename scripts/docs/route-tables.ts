/** The addresses of both nodes as their `main.ts` declare them, without a node: nothing behind them is ever called. */
import express from 'express'
import { addAlertRoutes } from '../../adapters/http/alert-routes.ts'
import { addAuditRoutes } from '../../adapters/http/audit-routes.ts'
import { addBackupRoutes } from '../../adapters/http/backup-routes.ts'
import { addBranchMemberRoutes } from '../../adapters/http/branch-member-routes.ts'
import { addBundleRoutes } from '../../adapters/http/bundle-routes.ts'
import { addCollectionRoutes, CollectionEndpoint } from '../../adapters/http/collection-endpoint.ts'
import { addDashboardRoutes } from '../../adapters/http/dashboard-routes.ts'
import { addExceptionRoutes } from '../../adapters/http/exception-routes.ts'
import { addExchangeRoutes } from '../../adapters/http/exchange-routes.ts'
import { addMemberRoutes } from '../../adapters/http/member-routes.ts'
import { addMetricsRoutes } from '../../adapters/http/metrics-routes.ts'
import { addMirrorRoutes } from '../../adapters/http/mirror-routes.ts'
import { addReconcileRoutes } from '../../adapters/http/reconcile-routes.ts'
import type { NodeKind } from '../../adapters/http/openapi.ts'
import { addProbeRoutes } from '../../adapters/http/probe-routes.ts'
import { RouteTable, type RouteSpec } from '../../adapters/http/route-table.ts'
import { addSyncLogRoutes } from '../../adapters/http/sync-log-routes.ts'
import { addTimeRoute } from '../../adapters/http/time-routes.ts'
import { addAccountRoutes } from '../../cloud-node/account-routes.ts'
import { addCloudRoutes } from '../../cloud-node/api.ts'
import { addChainFiguresRoute } from '../../cloud-node/chain-figures.ts'
import { addEnrolmentRoutes } from '../../cloud-node/enrolment-routes.ts'
import { addAccessRoutes } from '../../local-node/access/access-routes.ts'
import { addBranchRoutes } from '../../local-node/api.ts'
import { COLLECTIONS } from '../../schemas/collections.ts'

/** In the order in which each node declares them. */
export function routeSpecs(kind: NodeKind): readonly RouteSpec[] {
  const routes = new RouteTable(express(), nothing)
  if (kind === 'headquarters') addHeadquarters(routes)
  else addBranch(routes)
  return routes.specs
}

function addHeadquarters(routes: RouteTable): void {
  addCloudRoutes(routes, nothing, nothing, nothing)
  addMirrorRoutes(routes, nothing)
  addReconcileRoutes(routes, nothing)
  addAlertRoutes(routes, nothing)
  addProbeRoutes(routes, nothing, nothing)
  addMetricsRoutes(routes, nothing)
  addDashboardRoutes(routes, nothing)
  addMemberRoutes(routes, nothing)
  addBackupRoutes(routes, nothing, nothing, 'administrator')
  addBundleRoutes(routes, nothing, nothing)
  addExceptionRoutes(routes, nothing, { look: 'viewer', act: 'operator' })
  addAccountRoutes(routes, nothing)
  addAuditRoutes(routes, nothing, 'administrator')
  addSyncLogRoutes(routes, nothing, 'viewer')
  addChainFiguresRoute(routes, nothing)
  addEnrolmentRoutes(routes, nothing, nothing)
  addTimeRoute(routes, nothing)
  addExchangeRoutes(routes, nothing, nothing, nothing)
  addCollectionRoutes(routes, endpoints())
}

function addBranch(routes: RouteTable): void {
  addBranchRoutes(routes, nothing, nothing, nothing, nothing, nothing)
  addProbeRoutes(routes, nothing, nothing)
  addMetricsRoutes(routes, nothing)
  addBackupRoutes(routes, nothing, nothing, 'manager')
  addBundleRoutes(routes, nothing, nothing)
  addExceptionRoutes(routes, nothing, { look: 'cashier', act: 'manager' })
  addBranchMemberRoutes(routes, nothing)
  addAccessRoutes(routes, nothing)
  addAuditRoutes(routes, nothing, 'manager')
  addSyncLogRoutes(routes, nothing, 'manager')
  addCollectionRoutes(routes, endpoints())
}

function endpoints(): CollectionEndpoint[] {
  return COLLECTIONS.map(
    (declaration) => new CollectionEndpoint({ replica: nothing, declaration, exceptions: nothing, clientOf: nothing }),
  )
}

/** Stands for every part of a node: what is asked of it while addresses are declared is nothing again. */
const nothing: never = new Proxy(() => undefined, { get: () => nothing, apply: () => nothing }) as never
