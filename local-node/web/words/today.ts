/** Words of today's figures. */
export const en = {
  'today.title': 'Latest orders',
  'today.empty': 'No orders on this device yet.',
  'today.number': 'Order',
  'today.time': 'Time',
  'today.member': 'Member',
  'today.lines': 'Items',
  'today.total': 'Total',
  'today.status': 'Status',
  'today.where': 'Where it is',
  'today.where.here': 'Here only',
  'today.where.node': 'At the local node',
  'today.where.refused': 'Refused',
  'today.where.unknown': 'Saved here',
}

export const zh: Readonly<Record<keyof typeof en, string>> = {
  'today.title': '最近订单',
  'today.empty': '本机还没有订单。',
  'today.number': '订单号',
  'today.time': '时间',
  'today.member': '会员',
  'today.lines': '件数',
  'today.total': '金额',
  'today.status': '状态',
  'today.where': '位置',
  'today.where.here': '仅在本机',
  'today.where.node': '已到门店服务端',
  'today.where.refused': '被拒收',
  'today.where.unknown': '已存本机',
}
