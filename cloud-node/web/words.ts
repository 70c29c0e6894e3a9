/** The health page's words. */
import { translator } from '../../adapters/ui/language.ts'

const en = {
  title: 'Replication health',
  subtitle: 'Headquarters',
  loading: 'Asking the cloud node …',

  unreachable: 'The cloud node does not answer. The page tries again by itself.',

  'login.title': 'Sign in',
  'login.name': 'Name',
  'login.password': 'Password',
  'login.submit': 'Sign in',
  'login.busy': 'Signing in …',
  'login.ended': 'The session has ended. Sign in again to go on.',
  'login.left': 'You are signed out.',
  'login.help': 'No account yet, or password lost? An administrator helps, by a command on headquarters’ machine:',
  'login.LOGIN_FAILED': 'Name and password do not go together, or the account is closed.',
  'login.TOO_MANY_REQUESTS': 'Too many attempts. Try again in {wait}.',
  'login.other': 'It did not work: {message}',
  'login.unreachable': 'The cloud node does not answer. Try again.',
  'account.out': 'Sign out',
  'account.out.failed': 'The cloud node does not answer: you are still signed in. Try again.',
  'role.viewer': 'viewer',
  'role.operator': 'operator',
  'role.administrator': 'administrator',

  'stream.open': 'Live',
  'stream.connecting': 'Connecting …',
  'stream.broken': 'Not connected',
  'stream.notice': 'The cloud node does not answer. The figures below are {age} old; the page tries again by itself.',
  'stream.never': 'The cloud node does not answer. The page tries again by itself.',

  'recovery.notice':
    'Headquarters was restored from a backup ({age}). It takes no new decision about members until every branch has offered everything again.',
  'recovery.missing': 'Missing ({count}): {branches}. To wait no longer: outpost cloud recovery end',
  'recovery.none': 'No branch is missing; it ends with the next heartbeat.',

  'chain.title': 'Branches',
  'chain.in-sync': 'in sync',
  'chain.behind': 'behind',
  'chain.differs': 'differ',
  'chain.unknown': 'not known',
  'chain.exceptions': 'exceptions',
  'chain.negative': 'members below zero',

  'totals.title': 'Documents at headquarters',
  'backup.last': 'Last backup {age}, {size}',
  'backup.none': 'No backup yet',
  'backup.off': 'none is made by itself',
  'storage.trouble': 'Nothing can be saved:',
  'backup.failed': 'No backup could be made:',

  'mirror.title': 'MySQL mirror',
  'mirror.off': 'Off: no database is named.',
  'mirror.starting': 'Starting',
  'mirror.running': 'Running',
  'mirror.waiting': 'Waiting for MySQL',
  'mirror.paused': 'Paused by a person',
  'mirror.stopped': 'Stopped',
  'mirror.deposed': 'Another writer has taken over',
  'mirror.filling': 'Being written anew: {collection}, {written} documents so far.',
  'mirror.lag': 'Changes not in MySQL yet',
  'mirror.parked': 'Parked documents',
  'mirror.counted': 'Rows counted {age}',
  'mirror.uncounted': 'Rows not counted yet',

  'col.branch': 'Branch',
  'col.verdict': 'State',
  'col.verdict.help':
    'In sync only when both sides stood still and their digests agreed within the last minute. An older check shows as not known.',
  'col.heartbeat': 'Last heartbeat',
  'col.heartbeat.help': 'When the branch last asked headquarters whether it is ready.',
  'col.backlog': 'Waiting there',
  'col.backlog.help': 'Documents that the branch has not handed over yet, as it reported at its last heartbeat.',
  'col.fetch': 'To fetch',
  'col.fetch.help': 'Documents of headquarters that the branch has not fetched yet.',
  'col.exceptions': 'Exceptions',
  'col.exceptions.help': 'Documents that failed three times at the branch and wait for a person.',
  'col.sales': 'Sold',
  'col.sales.help':
    'Orders and sales of the branch’s day, as it said at the end of its last cycle. Grey when that is old.',
  'col.documents': 'Documents here',
  'col.documents.help': 'The branch’s own documents at headquarters.',
  'col.mirror': 'In the mirror',
  'col.mirror.help': 'The branch’s own documents as rows in MySQL.',
  'col.error': 'Last error',
  'col.error.help': 'The last error that the branch reported, by its stable code.',

  'verdict.in-sync': 'In sync',
  'verdict.behind': 'Behind',
  'verdict.differs': 'Differs',
  'verdict.unknown': 'Not known',
  'verdict.checked': 'checked {age}',
  'verdict.unchecked': 'never checked',

  'branch.disabled': 'Disabled',
  'branch.retired': 'Retired',
  'branch.restored': 'Restored from a backup',
  'branch.suspected': 'Suspected clone: two PCs',
  'branch.keep': '{host}, heard {age}. If it is the branch:',
  'branch.loading': 'loading: {here} of {of}',
  'branch.unconfirmed': '{count} not confirmed',
  'branch.orders': '{count} orders',
  'branch.disk': '{free} free, store {store}',
  'class.other': 'class {class}',
  'branch.version': 'version {version}',
  'branch.silent': 'never heard',
  'branch.oldest': 'oldest {age}',
  'branch.reported': 'as of {age}',
  'branch.none': 'No branches yet. Add one with: outpost cloud branch add',
  'branch.missing': '{count} not in the mirror',
} as const

export type Word = keyof typeof en

const zh: Record<Word, string> = {
  title: '同步健康状况',
  subtitle: '总店',
  loading: '正在查询云服务端……',

  unreachable: '云服务端没有应答。页面会自动重试。',

  'login.title': '登录',
  'login.name': '用户名',
  'login.password': '密码',
  'login.submit': '登录',
  'login.busy': '正在登录……',
  'login.ended': '登录已失效，请重新登录。',
  'login.left': '您已退出登录。',
  'login.help': '还没有账号，或忘记了密码？请管理员在总店的电脑上用命令处理：',
  'login.LOGIN_FAILED': '用户名与密码不符，或账号已停用。',
  'login.TOO_MANY_REQUESTS': '尝试次数过多，请在 {wait}后再试。',
  'login.other': '登录失败：{message}',
  'login.unreachable': '云服务端没有应答，请重试。',
  'account.out': '退出登录',
  'account.out.failed': '云服务端没有应答，您仍处于登录状态，请重试。',
  'role.viewer': '查看员',
  'role.operator': '操作员',
  'role.administrator': '管理员',

  'stream.open': '实时',
  'stream.connecting': '正在连接……',
  'stream.broken': '未连接',
  'stream.notice': '云服务端没有应答。以下数字是 {age}前的；页面会自动重试。',
  'stream.never': '云服务端没有应答。页面会自动重试。',

  'recovery.notice': '总店已从备份恢复（{age}）。在所有门店重新提供全部数据之前，不会做出新的会员决定。',
  'recovery.missing': '尚缺（{count}）：{branches}。不再等待可用命令：outpost cloud recovery end',
  'recovery.none': '已无缺少的门店；收到下一次心跳后结束。',

  'chain.title': '门店',
  'chain.in-sync': '已同步',
  'chain.behind': '落后',
  'chain.differs': '不一致',
  'chain.unknown': '未知',
  'chain.exceptions': '特情',
  'chain.negative': '位会员余额为负',

  'totals.title': '总店文档数',
  'backup.last': '最近备份：{age}，{size}',
  'backup.none': '尚无备份',
  'backup.off': '未启用自动备份',
  'storage.trouble': '无法保存：',
  'backup.failed': '备份失败：',

  'mirror.title': 'MySQL 镜像',
  'mirror.off': '未启用：未指定数据库。',
  'mirror.starting': '正在启动',
  'mirror.running': '运行中',
  'mirror.waiting': '等待 MySQL',
  'mirror.paused': '已被人工暂停',
  'mirror.stopped': '已停止',
  'mirror.deposed': '已由另一写入者接管',
  'mirror.filling': '正在重新写入 {collection}，已写入 {written} 个文档。',
  'mirror.lag': '尚未写入 MySQL 的变更',
  'mirror.parked': '搁置的文档',
  'mirror.counted': '行数统计于{age}',
  'mirror.uncounted': '尚未统计行数',

  'col.branch': '门店',
  'col.verdict': '状态',
  'col.verdict.help': '只有双方都静止且一分钟内核对摘要一致，才显示“已同步”；更早的核对显示为“未知”。',
  'col.heartbeat': '最近心跳',
  'col.heartbeat.help': '门店最近一次向总店发出心跳的时间。',
  'col.backlog': '门店待发',
  'col.backlog.help': '门店尚未上传的文档，以其最近一次心跳所报为准。',
  'col.fetch': '待下载',
  'col.fetch.help': '门店尚未取走的总店文档。',
  'col.exceptions': '特情',
  'col.exceptions.help': '在门店失败三次、等待人工处理的文档。',
  'col.sales': '当日销售',
  'col.sales.help': '门店当天的订单数与销售额，以其最近一次同步结束时所报为准。灰色表示已旧。',
  'col.documents': '总店文档',
  'col.documents.help': '总店保存的该门店自己的文档。',
  'col.mirror': '镜像行数',
  'col.mirror.help': '该门店自己的文档在 MySQL 中的行数。',
  'col.error': '最近错误',
  'col.error.help': '门店报告的最近一次错误及其固定代码。',

  'verdict.in-sync': '已同步',
  'verdict.behind': '落后',
  'verdict.differs': '不一致',
  'verdict.unknown': '未知',
  'verdict.checked': '{age}核对',
  'verdict.unchecked': '从未核对',

  'branch.disabled': '已停用',
  'branch.retired': '已撤店',
  'branch.restored': '已从备份恢复',
  'branch.suspected': '疑似克隆：两台电脑',
  'branch.keep': '{host}，{age}有心跳。如它才是本门店：',
  'branch.loading': '首次加载：{here} / {of}',
  'branch.unconfirmed': '{count} 条未确认',
  'branch.orders': '{count} 单',
  'branch.disk': '剩余 {free}，库 {store}',
  'class.other': '类别 {class}',
  'branch.version': '版本 {version}',
  'branch.silent': '从未收到',
  'branch.oldest': '最早 {age}',
  'branch.reported': '截至{age}',
  'branch.none': '还没有门店。可用命令添加：outpost cloud branch add',
  'branch.missing': '{count} 条未进镜像',
}

export const t = translator<Word>({ en, zh })

const COLLECTIONS_ZH: Readonly<Record<string, string>> = {
  members: '会员',
  orders: '订单',
  products: '商品',
  movements: '积分储值流水',
  branches: '门店',
  requests: '申请',
  decisions: '裁定',
}

/** A collection's name for people; one that is declared later shows by its own name. */
export function collectionName(name: string, language: 'zh' | 'en'): string {
  return language === 'zh' ? (COLLECTIONS_ZH[name] ?? name) : name
}

const CLASSES: Readonly<Record<number, Readonly<Record<'zh' | 'en', string>>>> = {
  110: { zh: '裁定', en: 'decisions' },
  100: { zh: '会员', en: 'members' },
  90: { zh: '申请', en: 'requests' },
  80: { zh: '订单', en: 'orders' },
  60: { zh: '流水', en: 'movements' },
}

/** Of what branches send; a class that is declared later shows by its number. */
export function className(syncClass: number, language: 'zh' | 'en'): string {
  return CLASSES[syncClass]?.[language] ?? t('class.other', { class: syncClass })
}
