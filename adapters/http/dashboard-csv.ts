/** A dashboard's answer as a file for a spreadsheet. */
import type { Dashboard, DashboardColumn, DashboardRow } from '../../schemas/protocol/dashboards.ts'
import { renderCsv } from '../csv/render-csv.ts'

/** @param language of the head; the columns' names, as programs expect them, without it */
export function dashboardCsv({ columns, rows }: Dashboard, language?: 'zh' | 'en'): string {
  const head = columns.map(({ name }) => (language && HEADS[name]?.[language]) ?? name)
  return renderCsv(
    head,
    rows.map((row) => columns.map((column) => cellOf(column, row))),
  )
}

function cellOf({ name, kind }: DashboardColumn, row: DashboardRow): string | number | null {
  const value = row[name] ?? null
  if (kind !== 'money' || typeof value !== 'number') return value
  const digits = digitsOf(String(row['currency']))
  return Number((value / 10 ** digits).toFixed(digits))
}

const digitsByCurrency = new Map<string, number>()

function digitsOf(currency: string): number {
  let digits = digitsByCurrency.get(currency)
  if (digits === undefined) digitsByCurrency.set(currency, (digits = currencyDigits(currency)))
  return digits
}

/** Rows that were changed by hand may hold what is no currency. */
function currencyDigits(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

const HEADS: Readonly<Record<string, Readonly<Record<'zh' | 'en', string>>>> = {
  day: { zh: '日期', en: 'Day' },
  branch_id: { zh: '门店编号', en: 'Branch id' },
  branch_name: { zh: '门店', en: 'Branch' },
  currency: { zh: '币种', en: 'Currency' },
  orders: { zh: '订单数', en: 'Orders' },
  sales: { zh: '销售额', en: 'Sales' },
  product_id: { zh: '商品编号', en: 'Product id' },
  product_name: { zh: '商品', en: 'Product' },
  quantity: { zh: '数量', en: 'Quantity' },
  status: { zh: '状态', en: 'Status' },
  total: { zh: '金额', en: 'Total' },
  member_id: { zh: '会员编号', en: 'Member id' },
  member_name: { zh: '会员', en: 'Member' },
  scope: { zh: '归属', en: 'Whose' },
  spent: { zh: '消费额', en: 'Spent' },
  last_day: { zh: '最近消费日', en: 'Last bought on' },
  days_since: { zh: '距今天数', en: 'Days since' },
  members: { zh: '会员数', en: 'Members' },
  with_points: { zh: '有积分会员数', en: 'With points' },
  below_zero: { zh: '余额为负会员数', en: 'Below zero' },
  points: { zh: '积分', en: 'Points' },
  stored_value: { zh: '储值', en: 'Stored value' },
}
