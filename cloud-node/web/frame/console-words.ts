/** The words that the rooms share in which something is done. */
import { translator } from '../../../adapters/ui/language.ts'

const en = {
  again: 'Try again',
  cancel: 'Cancel',
  close: 'Close',
  back: 'Back to the list',
  more: 'Show more',
  busy: 'Working …',
  loading: 'Reading …',
  'look.only': 'You may look here; what is done is for {role}.',
  'role.operator': 'operators and administrators',
  'role.administrator': 'administrators',

  'failed.unreachable':
    'The cloud node does not answer, so it is not known whether it was done. Look at the list, then try again.',
  'failed.unread': 'The cloud node does not answer. Try again.',
  'failed.LOGIN_NEEDED': 'The session has ended. Load the page again to sign in.',
  'failed.FORBIDDEN': 'Your account may not do this. Ask an administrator.',
  'failed.TOO_MANY_REQUESTS': 'Too much was asked at once. Wait a minute, then try again.',
  'failed.TOO_BUSY': 'Many are asking just now. Try again in some seconds.',
  'failed.INTERNAL': 'Headquarters met an error that it did not expect. Its log says more; try again.',
  'failed.BRANCH_EXISTS': 'There is a branch with this id already. Choose another id.',
  'failed.BRANCH_UNKNOWN': 'There is no such branch any more. Go back to the list.',
  'failed.BRANCH_RETIRED': 'The branch was retired. Revive it first.',
  'failed.BRANCH_DISABLED': 'The branch is disabled. Enable it first.',
  'failed.CLONE_UNDECIDED':
    'This has been decided by now, or one of the PCs was started again. Look at the branch again.',
  'failed.DOCUMENT_INVALID': 'Headquarters does not take it like this: {message}',
  'failed.BAD_REQUEST': 'Headquarters does not take it like this: {message}',
  'failed.SCOPE': 'There is no such branch any more. Choose another.',
  'failed.ERASED': 'The person’s data was erased for good; nothing brings it back.',
  'failed.EXCEPTION_STANDS': 'This cannot be done with it: {message}',
  'failed.EXCEPTION_UNKNOWN': 'It is over by now. Go back to the list.',
  'failed.ORDER_TRANSITION': 'The order has moved on meanwhile. Look at it again.',
  'failed.MEMBER_UNKNOWN': 'There is no such member.',
  'failed.MEMBER_CONFLICT': 'It does not fit how the member stands: {message}',
  'failed.PHONE_INVALID':
    'This is no phone that could be one person’s. Type it with its area code, or with + and its country code.',
  'failed.RECOVERING':
    'Headquarters was restored from a backup and decides nothing about members until every branch was heard.',
  'failed.REQUEST_DECIDED': 'This was decided by somebody else meanwhile.',
  'failed.REQUEST_UNKNOWN': 'This request is over. Go back to the list.',
  'failed.other': 'It did not work: {message}',
} as const

export type ConsoleWord = keyof typeof en

const zh: Record<ConsoleWord, string> = {
  again: '重试',
  cancel: '取消',
  close: '关闭',
  back: '返回列表',
  more: '显示更多',
  busy: '正在处理……',
  loading: '正在读取……',
  'look.only': '您可以查看；操作由{role}进行。',
  'role.operator': '操作员或管理员',
  'role.administrator': '管理员',

  'failed.unreachable': '云服务端没有应答，无法得知是否已完成。请先查看列表，再重试。',
  'failed.unread': '云服务端没有应答，请重试。',
  'failed.LOGIN_NEEDED': '登录已失效，请刷新页面重新登录。',
  'failed.FORBIDDEN': '您的账号无权进行此操作，请联系管理员。',
  'failed.TOO_MANY_REQUESTS': '请求过多，请一分钟后再试。',
  'failed.TOO_BUSY': '此刻请求较多，请几秒后再试。',
  'failed.INTERNAL': '总店遇到意外错误，详情见其日志；请重试。',
  'failed.BRANCH_EXISTS': '已有使用此编号的门店，请换一个编号。',
  'failed.BRANCH_UNKNOWN': '该门店已不存在，请返回列表。',
  'failed.BRANCH_RETIRED': '该门店已撤店，请先恢复。',
  'failed.BRANCH_DISABLED': '该门店已停用，请先启用。',
  'failed.CLONE_UNDECIDED': '此事已有决定，或其中一台电脑已重新启动。请重新查看该门店。',
  'failed.DOCUMENT_INVALID': '总店不接受这样的内容：{message}',
  'failed.BAD_REQUEST': '总店不接受这样的内容：{message}',
  'failed.SCOPE': '该门店已不存在，请另选门店。',
  'failed.ERASED': '此人的资料已被永久清除，无法恢复。',
  'failed.EXCEPTION_STANDS': '不能这样处理：{message}',
  'failed.EXCEPTION_UNKNOWN': '此特情已结束，请返回列表。',
  'failed.ORDER_TRANSITION': '订单状态已变化，请重新查看。',
  'failed.MEMBER_UNKNOWN': '没有这位会员。',
  'failed.MEMBER_CONFLICT': '与会员现状不符：{message}',
  'failed.PHONE_INVALID': '这不可能是一个人的手机号。请带区号，或带 + 和国家码输入。',
  'failed.RECOVERING': '总店已从备份恢复，在收到所有门店的数据之前不裁定会员事务。',
  'failed.REQUEST_DECIDED': '此申请已由他人裁定。',
  'failed.REQUEST_UNKNOWN': '此申请已结束，请返回列表。',
  'failed.other': '未能完成：{message}',
}

export const c = translator<ConsoleWord>({ en, zh })

/** @returns the words for an error's code; the node's own only where there are no others */
export function codeInWords(code: string, message: string): string {
  const word = `failed.${code}`
  return word in en ? c(word as ConsoleWord, { message }) : c('failed.other', { message })
}
