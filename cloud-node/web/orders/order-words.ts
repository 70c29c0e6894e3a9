/** The words of the room of orders. */
import { translator } from '../../../adapters/ui/language.ts'

const en = {
  new: 'Place an order for a branch',
  'new.title': 'An order for a branch',
  'list.title': 'Newest orders',
  'list.about': 'What headquarters has taken or changed last stands first. The list is read again every 10 seconds.',
  'list.empty': 'No orders yet.',
  'branch.all': 'All branches',
  branch: 'Branch',
  'branch.choose': 'Choose a branch',
  'branch.none': 'There is no branch that is let in: an order needs one.',
  refresh: 'Read again',

  'col.number': 'Order',
  'col.branch': 'Branch',
  'col.placed': 'Placed',
  'col.status': 'Status',
  'col.lines': 'Lines',
  'col.total': 'Total',
  'from.headquarters': 'from headquarters',

  'status.created': 'Created',
  'status.paid': 'Paid',
  'status.fulfilled': 'Fulfilled',
  'status.closed': 'Closed',
  'status.cancelled': 'Cancelled',
  'status.refunded': 'Refunded',
  'status.conflicted': 'In conflict',

  search: 'Search products',
  'search.none': 'No product that is sold has these words.',
  foreign: 'Sold in another currency than the chain’s.',
  'lines.title': 'The order',
  'lines.empty': 'Choose products on the list; each touch adds one.',
  less: 'One {name} less',
  more: 'One {name} more',
  quantity: 'Quantity of {name}',
  total: 'Total',
  note: 'Note (may be left out)',
  place: 'Place the order',
  back: 'Back to the orders',
  'place.title': 'Place this order for {branch}?',
  'place.text':
    'The branch gets it with its next exchange, not paid yet, and goes on with it. It cannot be taken back here; the branch can cancel it.',
  'place.late': 'The branch was last heard {age}: it gets the order when it is back.',
  'place.never': 'The branch was never heard: it gets the order once its PC is enrolled.',
  'place.earlier':
    'Your earlier try was placed after all: order {number} for {branch}, {total}. What stands here now is not placed; place it only if it is wanted besides.',
  placed: 'Order {number} is placed for {branch}.',
} as const

type OrderWord = keyof typeof en

const zh: Record<OrderWord, string> = {
  new: '为门店下单',
  'new.title': '为门店下单',
  'list.title': '最新订单',
  'list.about': '总店最近收到或变更的排在最前，每 10 秒重新读取。',
  'list.empty': '还没有订单。',
  'branch.all': '全部门店',
  branch: '门店',
  'branch.choose': '选择门店',
  'branch.none': '没有允许接入的门店，无法下单。',
  refresh: '重新读取',

  'col.number': '订单',
  'col.branch': '门店',
  'col.placed': '下单时间',
  'col.status': '状态',
  'col.lines': '行数',
  'col.total': '金额',
  'from.headquarters': '总店下单',

  'status.created': '已下单',
  'status.paid': '已付款',
  'status.fulfilled': '已交付',
  'status.closed': '已完成',
  'status.cancelled': '已取消',
  'status.refunded': '已退款',
  'status.conflicted': '有冲突',

  search: '查找商品',
  'search.none': '没有符合的在售商品。',
  foreign: '此商品的币种与全链不同。',
  'lines.title': '订单内容',
  'lines.empty': '在列表中选择商品，每点一次加一件。',
  less: '减少一件{name}',
  more: '增加一件{name}',
  quantity: '{name}的数量',
  total: '合计',
  note: '备注（可不填）',
  place: '下单',
  back: '返回订单',
  'place.title': '为{branch}下单？',
  'place.text': '门店在下次同步时收到此订单，尚未付款，由门店继续处理。此处不能撤回，门店可以取消。',
  'place.late': '门店最近一次心跳在{age}，恢复连接后才会收到。',
  'place.never': '尚未收到过该门店的心跳，其电脑注册后才会收到。',
  'place.earlier':
    '之前那次其实已经下单：{branch}，订单号 {number}，金额 {total}。现在所示内容尚未下单；除非需要另下一单，否则请不要再次下单。',
  placed: '已为{branch}下单，订单号 {number}。',
}

export const o = translator<OrderWord>({ en, zh })

/** One that came later shows as it is. */
export function statusInWords(status: string): string {
  const word = `status.${status}`
  return word in en ? o(word as OrderWord) : status
}
