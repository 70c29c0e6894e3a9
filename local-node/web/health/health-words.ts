/** The words of the health screen. */
import { translator } from '../../../adapters/ui/language.ts'

const en = {
  title: 'Health of this branch',
  back: 'Sync',
  away: 'The local node does not answer this device. The figures below are its last word, {age} old.',
  'away.never': 'The local node does not answer this device. Once it does, its figures stand here.',
  login: 'The figures are for managers, and the node has to know who asks.',
  'login.now': 'Log in',

  'link.title': 'With headquarters',
  'link.stream': 'Live link',
  'stream.off': 'off',
  'stream.connecting': 'connecting',
  'stream.open': 'open',
  'stream.polling': 'asked again and again: something between cuts it',
  'link.contact': 'Last contact',
  'link.contact.never': 'none since the start',
  'link.checked': 'Last compared',
  'link.checked.never': 'never',
  'link.error': 'Last failure',
  'link.error.none': 'none',
  'link.next': 'Next try',
  'link.next.in': 'in {time}',
  'link.loading': 'First load',
  'link.address': 'Its address',
  'link.traffic': 'Since the start',
  'link.traffic.of': '{sent} up, {received} down',

  'pc.title': 'This PC',
  'pc.version': 'Version',
  'pc.storage': 'Cannot save',
  'pc.backup': 'Last backup',
  'pc.backup.none': 'none yet',
  'pc.legacy': 'Older system',
  'pc.legacy.starting': 'looked at',
  'pc.legacy.importing': 'being read',
  'pc.legacy.following': 'followed',
  'pc.legacy.still': 'read, not followed',
  'pc.legacy.waiting': 'cannot be read, tried again',
  'pc.documents': 'Documents',

  'waiting.title': 'Waiting to be sent',
  'waiting.now': 'as the node says now',

  'exceptions.title': 'Exceptions',
  'exceptions.some': '{count} documents wait for a person.',
  'exceptions.none': 'None.',
  'exceptions.go': 'See to them on the Sync screen',
} as const

export type HealthWord = keyof typeof en

const zh: Record<HealthWord, string> = {
  title: '本店健康状况',
  back: '同步',
  away: '门店服务端没有应答本设备。以下为其 {age}前的数据。',
  'away.never': '门店服务端没有应答本设备。连上后将在此显示其数据。',
  login: '这些数据仅供店长查看，门店服务端需要确认身份。',
  'login.now': '登录',

  'link.title': '与总店的连接',
  'link.stream': '实时连接',
  'stream.off': '未开启',
  'stream.connecting': '正在连接',
  'stream.open': '已连接',
  'stream.polling': '反复查询：中间有设备切断连接',
  'link.contact': '上次联系',
  'link.contact.never': '启动后尚未联系',
  'link.checked': '上次核对',
  'link.checked.never': '从未',
  'link.error': '最近一次失败',
  'link.error.none': '无',
  'link.next': '下次重试',
  'link.next.in': '{time}后',
  'link.loading': '首次下载',
  'link.address': '总店地址',
  'link.traffic': '启动以来',
  'link.traffic.of': '上传 {sent}，下载 {received}',

  'pc.title': '本店电脑',
  'pc.version': '版本',
  'pc.storage': '无法保存',
  'pc.backup': '最近备份',
  'pc.backup.none': '尚无',
  'pc.legacy': '旧系统',
  'pc.legacy.starting': '正在检查',
  'pc.legacy.importing': '正在读取',
  'pc.legacy.following': '持续跟随',
  'pc.legacy.still': '已读取，不跟随',
  'pc.legacy.waiting': '无法读取，正在重试',
  'pc.documents': '文档数',

  'waiting.title': '待上传',
  'waiting.now': '门店服务端当前所报',

  'exceptions.title': '特情',
  'exceptions.some': '有 {count} 条文档等待人工处理。',
  'exceptions.none': '无。',
  'exceptions.go': '到同步页面处理',
}

export const h = translator<HealthWord>({ en, zh })
