/** What is asked of the mirror's views for each dashboard, as data. `docs/dashboards.md` says what the figures mean. */
import type { DashboardColumn, DashboardEntry, DashboardName } from '../../schemas/protocol/dashboards.ts'
import { dayOfSql, rangeValues, withinSql, type DayRange } from './dashboard-days.ts'

export interface DashboardScope {
  readonly range: DayRange
  /** The last day of the range. */
  readonly to: string
  readonly branch: string | undefined
  /** Only orders in it. */
  readonly currency: string | undefined
  readonly chainCurrency: string
}

export interface DashboardQuery extends DashboardEntry {
  /** Without a limit; `:name` stands for a value, see `statementOf`. */
  readonly sql: (scope: DashboardScope) => string
}

const DAY: DashboardColumn = { name: 'day', kind: 'day' }
const BRANCH: readonly DashboardColumn[] = [
  { name: 'branch_id', kind: 'text' },
  { name: 'branch_name', kind: 'text' },
]
const CURRENCY: DashboardColumn = { name: 'currency', kind: 'text' }
const ORDERS: DashboardColumn = { name: 'orders', kind: 'count' }
const MEMBERS: DashboardColumn = { name: 'members', kind: 'count' }
const SALES: DashboardColumn = { name: 'sales', kind: 'money' }
const SPENT: DashboardColumn = { name: 'spent', kind: 'money' }
const DATES_AND_BRANCH = ['dates', 'branch'] as const
const OF_ORDERS = [...DATES_AND_BRANCH, 'currency'] as const

const SOLD_WITH_MEMBER =
  'FROM `order_with_member` w JOIN `order_sold` o ON o.id = w.id AND w.current_member_id IS NOT NULL'

/** Days since the last purchase, counted from the last day asked for. */
const RECENCIES = [
  [30, '0-30'],
  [90, '31-90'],
  [180, '91-180'],
] as const
const LONGER = '181+'

const QUERIES: Readonly<Record<DashboardName, Omit<DashboardQuery, 'name'>>> = {
  'sales-by-day': {
    about: 'Orders that count as sales, and what they came to, by day, branch and currency.',
    views: ['order_sold', 'sales_by_branch_day'],
    columns: [DAY, ...BRANCH, CURRENCY, ORDERS, SALES],
    filters: OF_ORDERS,
    sql: (scope) =>
      `SELECT ${dayOfSql('o.placed_at', scope.range)} AS day, o.branch_id, MAX(b.name) AS branch_name, o.currency,` +
      ' COUNT(*) AS orders, SUM(o.total) AS sales FROM `order_sold` o LEFT JOIN `branch` b ON b.id = o.branch_id' +
      ` WHERE ${soldWithin(scope)} GROUP BY day, o.branch_id, o.currency ORDER BY day, o.branch_id, o.currency`,
  },
  'sales-by-product': {
    about: 'What was sold of each product, the most sold first.',
    views: ['order_sold', 'sales_by_product_day'],
    columns: [
      { name: 'product_id', kind: 'text' },
      { name: 'product_name', kind: 'text' },
      CURRENCY,
      ORDERS,
      { name: 'quantity', kind: 'quantity' },
      SALES,
    ],
    filters: OF_ORDERS,
    sql: (scope) =>
      'SELECT l.product_id, COALESCE(p.name, l.name) AS product_name, o.currency, COUNT(DISTINCT o.id) AS orders,' +
      ' SUM(l.quantity) AS quantity, SUM(l.total) AS sales FROM `order_sold` o JOIN `order_line` l ON l.order_id = o.id' +
      ` LEFT JOIN \`product\` p ON p.id = l.product_id WHERE ${soldWithin(scope)}` +
      ' GROUP BY l.product_id, product_name, o.currency ORDER BY sales DESC, l.product_id, product_name, o.currency',
  },
  'orders-by-status': {
    about: 'Orders by where they stand today, by branch and currency.',
    views: ['orders', 'orders_by_status'],
    columns: [...BRANCH, { name: 'status', kind: 'text' }, CURRENCY, ORDERS, { name: 'total', kind: 'money' }],
    filters: OF_ORDERS,
    sql: (scope) =>
      'SELECT o.branch_id, MAX(b.name) AS branch_name, o.status, o.currency, COUNT(*) AS orders, SUM(o.total) AS total' +
      ` FROM \`orders\` o LEFT JOIN \`branch\` b ON b.id = o.branch_id WHERE ${soldWithin(scope)}` +
      ' GROUP BY o.branch_id, o.status, o.currency ORDER BY o.branch_id, o.status, o.currency',
  },
  members: {
    about: "What today's members bought, the most spent first, and how long ago they last did.",
    views: ['order_with_member', 'member_value'],
    columns: [
      { name: 'member_id', kind: 'text' },
      { name: 'member_name', kind: 'text' },
      { name: 'scope', kind: 'text' },
      CURRENCY,
      ORDERS,
      SPENT,
      { name: 'last_day', kind: 'day' },
      { name: 'days_since', kind: 'count' },
    ],
    filters: OF_ORDERS,
    sql: (scope) =>
      'SELECT t.member_id, t.member_name, t.scope, t.currency, t.orders, t.spent, t.last_day,' +
      ` DATEDIFF(:to, t.last_day) AS days_since FROM (${spentByMember(scope)}) t` +
      ' ORDER BY t.spent DESC, t.member_id, t.currency',
  },
  'member-recency': {
    about: 'Members who bought, by how many days before the last day of the range they last did.',
    views: ['order_with_member', 'member_value'],
    columns: [{ name: 'days_since', kind: 'text' }, CURRENCY, MEMBERS, SPENT],
    filters: OF_ORDERS,
    sql: (scope) => {
      const days = 'DATEDIFF(:to, t.last_day)'
      const cases = RECENCIES.map(([most, name]) => `WHEN ${days} <= ${most} THEN '${name}'`).join(' ')
      return (
        `SELECT CASE ${cases} ELSE '${LONGER}' END AS days_since, t.currency, COUNT(*) AS members, SUM(t.spent) AS spent,` +
        ` MIN(${days}) AS nearest FROM (${spentByMember(scope)}) t GROUP BY days_since, t.currency ORDER BY nearest, t.currency`
      )
    },
  },
  'new-members': {
    about: 'People by the day and branch of their first registration.',
    views: ['member_first_registration', 'new_members_day'],
    columns: [DAY, ...BRANCH, MEMBERS],
    filters: DATES_AND_BRANCH,
    sql: ({ range, branch }) =>
      `SELECT ${dayOfSql('f.registered_at', range)} AS day, f.branch_id, MAX(b.name) AS branch_name, COUNT(*) AS members` +
      ' FROM `member_first_registration` f LEFT JOIN `branch` b ON b.id = f.branch_id' +
      ` WHERE ${withinSql('f.registered_at')}${branch === undefined ? '' : ' AND f.branch_id = :branch'}` +
      ' GROUP BY day, f.branch_id ORDER BY day, f.branch_id',
  },
  points: {
    about: 'Points and stored value that members hold now, by whose members they are.',
    views: ['points_outstanding'],
    columns: [
      { name: 'scope', kind: 'text' },
      MEMBERS,
      { name: 'with_points', kind: 'count' },
      { name: 'below_zero', kind: 'count' },
      { name: 'points', kind: 'count' },
      CURRENCY,
      { name: 'stored_value', kind: 'money' },
    ],
    filters: [],
    sql: () =>
      'SELECT p.scope, p.members, p.with_points, p.below_zero, p.points, :chain_currency AS currency, p.stored_value' +
      ' FROM `points_outstanding` p ORDER BY p.members DESC, p.scope',
  },
}

export const DASHBOARD_QUERIES: readonly DashboardQuery[] = Object.entries(QUERIES).map(([name, query]) => ({
  name: name as DashboardName,
  ...query,
}))

/** A statement with placeholders, and what stands for them: few texts for many days, since each is prepared. */
export function statementOf(query: DashboardQuery, scope: DashboardScope): { sql: string; parameters: string[] } {
  const { range, to, branch = '', currency = '', chainCurrency } = scope
  const chain = { chain_currency: chainCurrency }
  const values: Readonly<Record<string, string>> = { ...rangeValues(range), to, branch, currency, ...chain }
  const parameters: string[] = []
  const sql = query.sql(scope).replaceAll(/:(\w+)/g, (_whole, name: string) => {
    parameters.push(values[name]!)
    return '?'
  })
  return { sql, parameters }
}

function soldWithin({ branch, currency }: DashboardScope): string {
  const ofBranch = branch === undefined ? '' : ' AND o.branch_id = :branch'
  const inCurrency = currency === undefined ? '' : ' AND o.currency = :currency'
  return `${withinSql('o.placed_at')}${ofBranch}${inCurrency}`
}

function spentByMember(scope: DashboardScope): string {
  return (
    'SELECT w.current_member_id AS member_id, MAX(w.current_member_name) AS member_name,' +
    ' MAX(w.current_member_scope) AS scope, o.currency, COUNT(*) AS orders, SUM(o.total) AS spent,' +
    ` MAX(${dayOfSql('o.placed_at', scope.range)}) AS last_day ${SOLD_WITH_MEMBER} WHERE ${soldWithin(scope)}` +
    ' GROUP BY w.current_member_id, o.currency'
  )
}
