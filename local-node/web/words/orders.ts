/** Words of orders that were taken. */
export const en = {
  'status.created': 'Open',
  'status.paid': 'Paid',
  'status.fulfilled': 'Handed over',
  'status.closed': 'Closed',
  'status.cancelled': 'Cancelled',
  'status.refunded': 'Refunded',
  'status.conflicted': 'Needs a decision',
}

export const zh: Readonly<Record<keyof typeof en, string>> = {
  'status.created': '待付款',
  'status.paid': '已付款',
  'status.fulfilled': '已交付',
  'status.closed': '已完成',
  'status.cancelled': '已取消',
  'status.refunded': '已退款',
  'status.conflicted': '待裁决',
}
