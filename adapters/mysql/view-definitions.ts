/** Views for those who query, as data: each is made when all the columns that it reads are mirrored. */

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

export const VIEWS: readonly ViewDefinition[] = [
  { name: 'order_with_member', needs: { orders: WRITTEN_FOR, ...MEMBER_TABLES }, select: withMember('orders') },
  { name: 'movement_with_member', needs: { movement: WRITTEN_FOR, ...MEMBER_TABLES }, select: withMember('movement') },
  {
    // People: neither the records that have become part of another, nor the deleted, which have no row.
    name: 'member_current',
    needs: { member: ['current_id'] },
    select: 'SELECT m.* FROM `member` m WHERE m.current_id IS NULL',
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
