/** Views for those who query, as data: each is made when all the tables that it reads are mirrored. */

interface ViewDefinition {
  readonly name: string
  readonly needs: readonly string[]
  readonly select: string
}

export const VIEWS: readonly ViewDefinition[] = [
  {
    // `orders.member_id` stays as it was written; today's member is found through `member_xref`.
    name: 'order_with_member',
    needs: ['orders', 'member_xref', 'member'],
    select:
      'SELECT o.*, m.id AS current_member_id, m.name AS current_member_name, m.scope AS current_member_scope' +
      ' FROM `orders` o LEFT JOIN `member_xref` x ON x.id = o.member_id LEFT JOIN `member` m ON m.id = x.member_id',
  },
]
