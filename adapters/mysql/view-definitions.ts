/** Views for those who query, as data: each is made when all the columns that it reads are mirrored. `docs/dashboards.md` tells of them. */
import { SALE_STATES } from '../../schemas/sale.ts'

interface ViewDefinition {
  readonly name: string
  /** Columns by table. */
  readonly needs: Readonly<Record<string, readonly string[]>>
  readonly select: string
}

const MEMBER_TABLES = {
  member: ['id', 'name', 'scope'],
  member_xref: ['id', 'member_id', 'closed'],
  member_registration: ['member_id', 'registration_no', 'registration_id'],
  registration_home: ['decision_id', 'home_no', 'number', 'registration_id', 'member_id'],
}
const WRITTEN_FOR = ['member_id', 'registration_id']
const SOLD = ['id', 'branch_id', 'placed_at', 'status', 'total', 'currency']
const BRANCH_TABLE = { branch: ['id', 'name'] }

/** What the branch app and the health page count, see `orderSale`. */
const IS_SALE = `status IN (${SALE_STATES.map((state) => `'${state}'`).join(', ')})`

/** Days and hours of UTC; whoever wants those of a zone adds its hours to both. */
const UTC_DAY = 'DATE(o.placed_at) AS day'
const UTC_HOUR = 'HOUR(o.placed_at) AS hour'
/** As the catalogue calls it today; what is not in it goes by its line. */
const PRODUCT_NAME = 'COALESCE(p.name, l.name)'

export const VIEWS: readonly ViewDefinition[] = [
  { name: 'order_with_member', needs: { orders: WRITTEN_FOR, ...MEMBER_TABLES }, select: withMember('orders') },
  { name: 'movement_with_member', needs: { movement: WRITTEN_FOR, ...MEMBER_TABLES }, select: withMember('movement') },
  {
    // People: neither the records that have become part of another, nor the deleted, which have no row.
    name: 'member_current',
    needs: { member: ['current_id'] },
    select: 'SELECT m.* FROM `member` m WHERE m.current_id IS NULL',
  },
  { name: 'order_sold', needs: { orders: SOLD }, select: `SELECT o.* FROM \`orders\` o WHERE o.${IS_SALE}` },
  {
    name: 'sales_by_branch_day',
    needs: { orders: SOLD, ...BRANCH_TABLE },
    select:
      `SELECT o.branch_id, MAX(b.name) AS branch_name, ${UTC_DAY}, ${UTC_HOUR}, o.currency, COUNT(*) AS orders,` +
      ' SUM(o.total) AS sales FROM `orders` o LEFT JOIN `branch` b ON b.id = o.branch_id' +
      ` WHERE o.${IS_SALE} GROUP BY o.branch_id, day, hour, o.currency`,
  },
  {
    name: 'sales_by_product_day',
    needs: {
      orders: SOLD,
      order_line: ['order_id', 'product_id', 'name', 'quantity', 'total'],
      product: ['id', 'name'],
    },
    select:
      `SELECT l.product_id, ${PRODUCT_NAME} AS product_name, o.branch_id, ${UTC_DAY}, ${UTC_HOUR}, o.currency,` +
      ' COUNT(DISTINCT o.id) AS orders, SUM(l.quantity) AS quantity, SUM(l.total) AS sales' +
      ' FROM `orders` o JOIN `order_line` l ON l.order_id = o.id LEFT JOIN `product` p ON p.id = l.product_id' +
      ` WHERE o.${IS_SALE} GROUP BY l.product_id, product_name, o.branch_id, day, hour, o.currency`,
  },
  {
    name: 'orders_by_status',
    needs: { orders: SOLD, ...BRANCH_TABLE },
    select:
      `SELECT o.branch_id, MAX(b.name) AS branch_name, ${UTC_DAY}, ${UTC_HOUR}, o.status, o.currency,` +
      ' COUNT(*) AS orders, SUM(o.total) AS total FROM `orders` o LEFT JOIN `branch` b ON b.id = o.branch_id' +
      ' GROUP BY o.branch_id, day, hour, o.status, o.currency',
  },
  {
    name: 'member_value',
    needs: { orders: [...SOLD, ...WRITTEN_FOR], ...MEMBER_TABLES },
    select:
      'SELECT s.current_member_id AS member_id, MAX(s.current_member_name) AS member_name,' +
      ' MAX(s.current_member_scope) AS scope, s.currency, COUNT(*) AS orders, SUM(s.total) AS spent,' +
      ' MIN(s.placed_at) AS first_order_at, MAX(s.placed_at) AS last_order_at,' +
      ' TIMESTAMPDIFF(DAY, MAX(s.placed_at), UTC_TIMESTAMP()) AS days_since' +
      ` FROM \`order_with_member\` s WHERE s.${IS_SALE} AND s.current_member_id IS NOT NULL` +
      ' GROUP BY s.current_member_id, s.currency',
  },
  {
    // A person's registrations may stand in the records that have become part of the person's own.
    name: 'member_first_registration',
    needs: {
      member: ['id', 'scope', 'current_id'],
      member_xref: ['id', 'member_id'],
      member_registration: ['member_id', 'registration_id', 'branch_id', 'registered_at'],
    },
    select:
      'SELECT f.member_id, f.scope, f.branch_id, f.registered_at FROM (SELECT m.id AS member_id, m.scope, r.branch_id,' +
      ' r.registered_at, ROW_NUMBER() OVER (PARTITION BY m.id ORDER BY r.registered_at, r.registration_id) AS place' +
      ' FROM `member_registration` r JOIN `member_xref` x ON x.id = r.member_id' +
      ` JOIN \`member\` m ON ${sameId('m.id', 'x.member_id')} AND m.current_id IS NULL` +
      ' WHERE r.registered_at IS NOT NULL) f WHERE f.place = 1',
  },
  {
    name: 'new_members_day',
    needs: {
      member: ['id', 'scope', 'current_id'],
      member_xref: ['id', 'member_id'],
      member_registration: ['member_id', 'registration_id', 'branch_id', 'registered_at'],
      ...BRANCH_TABLE,
    },
    select:
      'SELECT f.branch_id, MAX(b.name) AS branch_name, DATE(f.registered_at) AS day, HOUR(f.registered_at) AS hour,' +
      ' COUNT(*) AS members FROM `member_first_registration` f LEFT JOIN `branch` b ON b.id = f.branch_id' +
      ' GROUP BY f.branch_id, day, hour',
  },
  {
    name: 'points_outstanding',
    needs: { member: ['id', 'scope', 'current_id', 'points', 'stored_value'] },
    select:
      'SELECT m.scope, COUNT(*) AS members, SUM(COALESCE(m.points, 0)) AS points,' +
      ' SUM(COALESCE(m.stored_value, 0)) AS stored_value, SUM(COALESCE(m.points, 0) > 0) AS with_points,' +
      ' SUM(COALESCE(m.points, 0) < 0 OR COALESCE(m.stored_value, 0) < 0) AS below_zero' +
      ' FROM `member` m WHERE m.current_id IS NULL GROUP BY m.scope',
  },
]

/**
 * Documents with today's member, by the rule of `memberOfDocument` in `schemas/identity.ts`: the member that a
 * decision says the registration is of; else the one whose document has it; else, where the number of the member id is closed and the document names a registration, nobody yet; else
 * the member that the id stands for. `member_id` and `registration_id` stay as they were written.
 *
 * A registration stands in two documents when one has become part of the other; both lead to one member. Should they not,
 * the document's own member is taken, else the first. Every join goes through an index: three to five look-ups a
 * document, however large the tables.
 */
function withMember(table: string): string {
  const isRegistered = 'd.registration_id IS NOT NULL AND CHAR_LENGTH(d.registration_id) > 0'
  const isOwn = (row: string) => `(${row}.member_id <=> d.member_id)`
  return (
    'SELECT d.*, m.id AS current_member_id, m.name AS current_member_name, m.scope AS current_member_scope' +
    ` FROM \`${table}\` d` +
    ` LEFT JOIN \`registration_home\` h ON ${sameId('h.registration_id', 'd.registration_id')}` +
    ` AND NOT EXISTS (SELECT 1 FROM \`registration_home\` l WHERE ${sameId('l.registration_id', 'd.registration_id')}` +
    ' AND (l.number > h.number OR (l.number = h.number AND (l.decision_id > h.decision_id' +
    ' OR (l.decision_id = h.decision_id AND l.home_no < h.home_no)))))' +
    ` LEFT JOIN \`member_xref\` hx ON ${sameId('hx.id', 'h.member_id')}` +
    ` LEFT JOIN \`member_registration\` r ON ${sameId('r.registration_id', 'd.registration_id')} AND h.decision_id IS NULL` +
    ` AND NOT EXISTS (SELECT 1 FROM \`member_registration\` e WHERE ${sameId('e.registration_id', 'd.registration_id')}` +
    ` AND (${isOwn('e')} > ${isOwn('r')} OR (${isOwn('e')} = ${isOwn('r')} AND (e.member_id < r.member_id` +
    ' OR (e.member_id = r.member_id AND e.registration_no < r.registration_no)))))' +
    ' LEFT JOIN `member_xref` rx ON rx.id = r.member_id' +
    ` LEFT JOIN \`member_xref\` dx ON ${sameId('dx.id', 'd.member_id')} AND h.decision_id IS NULL AND r.member_id IS NULL` +
    ` AND NOT (COALESCE(dx.closed, 0) = 1 AND ${isRegistered})` +
    ` LEFT JOIN \`member\` m ON ${sameId('m.id', 'COALESCE(hx.member_id, rx.member_id, dx.member_id)')}`
  )
}

/** Ids are the same when they are equal and equally long: to MySQL's padding collations `a` and `a ` are equal. */
function sameId(a: string, b: string): string {
  return `${a} = ${b} AND CHAR_LENGTH(${a}) = CHAR_LENGTH(${b})`
}
