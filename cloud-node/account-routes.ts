/** The addresses of headquarters for logins and for the accounts of its people. */
import type { Request, Response } from 'express'
import { clearCookie, readCookie, setCookie } from '../adapters/http/cookies.ts'
import type { RouteTable } from '../adapters/http/route-table.ts'
import { actorOf } from '../schemas/access.ts'
import { OutpostError } from '../schemas/outpost-error.ts'
import {
  accountParamsSchema,
  accountPasswordSchema,
  accountRoleSchema,
  emptyBodySchema,
  loginSchema,
  newAccountSchema,
  ownPasswordSchema,
  type CloudSession,
  type SessionAccount,
} from '../schemas/protocol/accounts.ts'
import { SESSION_COOKIE, SESSION_MS, type Accounts } from './accounts.ts'

export function addAccountRoutes(routes: RouteTable, accounts: Accounts): void {
  addSessionRoutes(routes, accounts)
  routes.add(
    {
      method: 'GET',
      path: '/api/accounts',
      access: 'administrator',
      about: 'All accounts, by name; those that are closed too.',
    },
    () => accounts.list(),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/accounts',
      access: 'administrator',
      about: 'Adds an account, and answers it.',
      body: newAccountSchema,
      status: 201,
    },
    ({ body, principal }) => accounts.add(body, actorOf(principal)),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/accounts/:id/role',
      access: 'administrator',
      about: 'Gives an account another role, ends its sessions, and answers it.',
      params: accountParamsSchema,
      body: accountRoleSchema,
    },
    ({ params: { id }, body: { role }, principal }) => accounts.setRole(id, role, actorOf(principal)),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/accounts/:id/password',
      access: 'administrator',
      about: 'Gives an account another password, ends its sessions, and answers it.',
      params: accountParamsSchema,
      body: accountPasswordSchema,
    },
    ({ params: { id }, body: { password }, principal }) => accounts.setPassword(id, password, actorOf(principal)),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/accounts/:id/close',
      access: 'administrator',
      about: 'Lets nobody log in with an account any more, ends its sessions, and answers it.',
      params: accountParamsSchema,
      body: emptyBodySchema,
    },
    ({ params: { id }, principal }) => accounts.close(id, actorOf(principal)),
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/accounts/:id/reopen',
      access: 'administrator',
      about: 'Lets the owner of a closed account log in again, and answers it.',
      params: accountParamsSchema,
      body: emptyBodySchema,
    },
    ({ params: { id }, principal }) => accounts.reopen(id, actorOf(principal)),
  )
}

function addSessionRoutes(routes: RouteTable, accounts: Accounts): void {
  routes.add(
    {
      method: 'POST',
      path: '/api/session',
      access: 'open',
      about: 'Logs in: sets the cookie of a session, and answers whose it is.',
      body: loginSchema,
    },
    async ({ body, req, res }): Promise<SessionAccount> => {
      const token = await accounts.login({ ...body, address: req.ip ?? '' })
      endPresent(accounts, req)
      return shown(accounts, req, res, token)
    },
  )
  routes.add(
    {
      method: 'GET',
      path: '/api/session',
      access: 'open',
      about: 'Who is logged in; without `account`, nobody.',
    },
    ({ principal }): CloudSession =>
      principal.kind === 'account' ? { account: { name: principal.name, role: principal.role } } : {},
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/session/end',
      access: 'viewer',
      about: 'Logs out: ends the session that the cookie is of.',
      body: emptyBodySchema,
    },
    ({ req, res }): CloudSession => {
      endPresent(accounts, req)
      clearCookie(req, res, SESSION_COOKIE)
      return {}
    },
  )
  routes.add(
    {
      method: 'POST',
      path: '/api/session/password',
      access: 'viewer',
      about: 'Gives whoever is logged in another password, ends all their sessions, and begins a new one here.',
      body: ownPasswordSchema,
    },
    async ({ body: { present, password }, principal, req, res }): Promise<SessionAccount> => {
      if (principal.kind !== 'account') throw new OutpostError('FORBIDDEN', 'this is for whoever has a password')
      const login = { name: principal.name, password: present, address: req.ip ?? '' }
      return shown(accounts, req, res, await accounts.changeOwnPassword(login, password))
    },
  )
}

function shown(accounts: Accounts, req: Request, res: Response, token: string): SessionAccount {
  const account = accounts.whoIs(token)
  if (!account) throw new OutpostError('LOGIN_NEEDED', 'the session has ended already')
  const { name, role } = account
  setCookie(req, res, SESSION_COOKIE, token, SESSION_MS / 1000)
  return { name, role }
}

function endPresent(accounts: Accounts, req: Request): void {
  const token = readCookie(req, SESSION_COOKIE)
  if (token !== undefined) accounts.logout(token)
}
