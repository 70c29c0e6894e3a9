/** Today's members as MySQL's views tell them, with the orders that count for each, whatever id they were written with. */
import { createConnection } from 'mysql2/promise'

export interface MirrorMember {
  readonly id: string
  readonly name: string
  readonly points: number
  readonly orders: number
  /** Earned with those orders. */
  readonly earned: number
}

export async function readMirrorMembers(mysqlUrl: string): Promise<MirrorMember[]> {
  const connection = await createConnection({ uri: mysqlUrl })
  try {
    const [rows] = await connection.query(
      `SELECT m.id, m.name, COALESCE(m.points, 0) AS points, COUNT(o.id) AS orders,
        COALESCE(SUM(o.points_earned), 0) AS earned
       FROM member_current m LEFT JOIN order_with_member o ON o.current_member_id = m.id
       GROUP BY m.id, m.name, m.points ORDER BY m.id`,
    )
    const found = rows as { id: string; name: string; points: unknown; orders: unknown; earned: unknown }[]
    return found.map(({ id, name, points, orders, earned }) => ({
      id,
      name,
      points: Number(points),
      orders: Number(orders),
      earned: Number(earned),
    }))
  } finally {
    await connection.end()
  }
}
