/** Rows of a mirror for tests of what reads it: some branches, products, members and orders of the last days. */
import type { TestDatabase } from './mysql-database.ts'

/** @param days up to today, each with some orders of every branch @param todayMs any instant of today */
export async function seedFigures(
  db: Pick<TestDatabase, 'query'>,
  branches: readonly string[],
  days: number,
  todayMs: number,
): Promise<void> {
  const products = ['龙井茶 Longjing', '普洱茶 Pu-erh', '珍珠奶茶 Bubble tea', '小笼包 Soup dumplings', '礼盒 Gift box']
  for (const [at, name] of products.entries()) {
    await db.query('INSERT INTO product (id, name, price, currency, ver) VALUES (?, ?, 2800, ?, 1)', [
      `p${at}`,
      name,
      'CNY',
    ])
  }
  for (let at = 0; at < 40; at++) {
    const [id, branch] = [`m${at}`, branches[at % branches.length]!]
    const since = inSql(todayMs - (at % days) * 86_400_000 - 3_600_000)
    const name = at % 7 === 0 ? '=王 Wang' : `会员 Member ${at}`
    await db.query('INSERT INTO member (id, scope, name, points, stored_value, ver) VALUES (?, ?, ?, ?, ?, 1)', [
      id,
      at % 9 === 0 ? branch : 'shared',
      name,
      at * 40,
      at * 1000,
    ])
    await db.query('INSERT INTO member_xref (id, member_id, closed, ver) VALUES (?, ?, 0, 1)', [id, id])
    await db.query(
      'INSERT INTO member_registration (member_id, registration_no, registration_id, branch_id, registered_at, ver) VALUES (?, 0, ?, ?, ?, 1)',
      [id, `r${at}`, branch, since],
    )
  }
  const statuses = ['paid', 'closed', 'closed', 'fulfilled', 'created', 'closed', 'refunded', 'paid', 'cancelled']
  for (let number = 0; number < days * branches.length * 4; number++) {
    const day = Math.floor(number / (branches.length * 4))
    const placedAt = inSql(todayMs - day * 86_400_000 - (number % 4) * 1_500_000)
    const total = 1200 + ((number * 7919) % 9000)
    const branch = branches[number % branches.length]!
    await db.query(
      'INSERT INTO orders (id, branch_id, number, placed_at, status, round, member_id, registration_id, total, currency, ver) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, 1)',
      [
        `o${number}`,
        branch,
        `A-${number}`,
        placedAt,
        statuses[number % statuses.length]!,
        number % 3 === 0 ? null : `m${number % 40}`,
        number % 3 === 0 ? null : `r${number % 40}`,
        total,
        'CNY',
      ],
    )
    await db.query(
      'INSERT INTO order_line (order_id, line_no, product_id, name, price, quantity, discount, total, ver) VALUES (?, 0, ?, ?, 2800, 1, 0, ?, 1)',
      [`o${number}`, `p${(number * 3) % products.length}`, 'x', total],
    )
  }
}

function inSql(ms: number): string {
  return new Date(ms).toISOString().slice(0, 23).replace('T', ' ')
}
