/** The words of the room in which branches are opened, kept out, and closed. */
import { translator } from '../../../adapters/ui/language.ts'

const en = {
  'list.title': 'All branches',
  'list.empty': 'No branches yet. The first one is added above.',
  'list.empty.look': 'No branches yet. An administrator adds them.',
  search: 'Search by name or id',
  'search.none': 'No branch has that in its name or id.',
  open: 'Open',
  'open.label': 'Open {name}',

  'col.branch': 'Branch',
  'col.state': 'State',
  'col.heard': 'Last heard',
  'col.pc': 'PC',
  'col.waiting': 'Waiting there',
  'col.do': 'More',

  'state.trading': 'Let in',
  'state.new': 'No PC yet',
  'state.disabled': 'Disabled',
  'state.retired': 'Retired',
  'state.suspected': 'Two PCs',
  never: 'never',
  old: 'its last word, {age}',

  add: 'Add a branch',
  'add.id': 'Id',
  'add.id.hint': 'Small letters, digits, dots and dashes, up to 40. It cannot be changed later.',
  'add.id.problem': 'Begin with a small letter or digit; then also dots and dashes, 40 in all.',
  'add.id.shared': '“shared” means all branches together. Choose another id.',
  'add.name': 'Name',
  'add.country': 'Country (two letters, may be left out)',
  'add.country.hint': 'How phones without a country code are read there, such as CN. Without it, as in the chain.',
  'add.country.problem': 'Two letters, such as CN.',
  'add.submit': 'Add the branch',
  added: '{name} was added. Issue a code next, with which its PC is enrolled.',

  'one.name': 'Name',
  'one.id': 'Id',
  'one.country': 'Country',
  'one.chain': 'as the chain',
  'one.heard': 'Last heard',
  'one.pc': 'PC',
  'one.waiting': 'Waiting there',
  'one.here': 'Its documents at headquarters',
  'one.actions': 'What can be done',
  'one.unknown': 'There is no branch “{id}”.',

  rename: 'Change the name',
  'rename.text':
    'It is shown everywhere at headquarters. The screens of the branch keep the name with which its PC was enrolled.',
  'rename.done': 'The branch is called {name} now.',

  enable: 'Enable',
  'enable.title': 'Let {name} in again?',
  'enable.text': 'It may exchange again, and sends all that it has kept meanwhile.',
  'enable.done': '{name} is let in again.',
  disable: 'Disable',
  'disable.title': 'Keep {name} out?',
  'disable.text':
    'Headquarters refuses it from its next request on. It goes on trading and keeps everything; once enabled, it sends all of it.',
  'disable.done': '{name} is refused from its next request on.',

  code: 'Issue an enrolment code',
  'code.title': 'Issue a code for {name}?',
  'code.text':
    'It makes one PC this branch, once, within a day. Codes that were issued before for this branch end. If another PC is this branch today, it is refused once the new one is enrolled.',
  'code.shown': 'Enrolment code of {name}',
  'code.once': 'It is shown once and kept nowhere. Write it down or type it at the PC now; another one can be issued.',
  'code.until': 'Good until {time}.',
  'code.there': 'At the branch’s PC:',
  'code.copy': 'Copy the code',
  'code.copied': 'Copied',
  'code.by-hand': 'The browser did not copy it. Mark the code and copy it by hand.',

  keep: 'This is the branch',
  'keep.title': 'Is the PC {host} the branch?',
  'keep.text':
    'It is let in again. Every other PC with this identity is refused for ever, also after a restart: write down first what the other one has sold.',
  'keep.done': '{host} is {name} now; the others are refused.',
  'suspected.title': 'Two PCs say that they are this branch',
  'suspected.text':
    'A disk was copied, or a backup was started beside the PC that still runs. Neither is let in until you say which one is the branch; both go on trading.',
  'suspected.heard': 'heard {age}, start {epoch}',

  revoke: 'Shut out its PCs',
  'revoke.title': 'Shut out every PC of {name}?',
  'revoke.text':
    'For a PC that was stolen or lost. Its keys end at once and for good; a PC is this branch again only after it was enrolled with a new code.',
  'revoke.done': 'No PC of {name} is let in any more. Keys that were good until now: {count}.',

  resnapshot: 'Let it take everything anew',
  'resnapshot.title': 'Let {name} take everything anew?',
  'resnapshot.text':
    'With its next exchange it begins to load everything again, and goes on trading meanwhile. Nothing that it has not sent yet is lost. It is seldom needed.',
  'resnapshot.done': '{name} loads everything again from its next exchange on.',

  retire: 'Retire',
  'retire.title': 'Retire {name}?',
  'retire.text':
    'It is refused, and nothing waits for it any more. Its documents stay at headquarters. It can be revived later.',
  'retire.waiting': 'When it was last heard, {count} documents waited there that are not at headquarters.',
  'retire.done': '{name} is retired.',
  revive: 'Revive',
  'revive.title': 'Revive {name}?',
  'revive.text': 'It is let in again, takes everything anew by itself, and sends what it still has.',
  'revive.done': '{name} is expected again.',
} as const

export type BranchWord = keyof typeof en

const zh: Record<BranchWord, string> = {
  'list.title': '全部门店',
  'list.empty': '还没有门店，请在上方添加第一家。',
  'list.empty.look': '还没有门店，由管理员添加。',
  search: '按名称或编号查找',
  'search.none': '没有名称或编号包含此内容的门店。',
  open: '打开',
  'open.label': '打开{name}',

  'col.branch': '门店',
  'col.state': '状态',
  'col.heard': '最近心跳',
  'col.pc': '电脑',
  'col.waiting': '门店待发',
  'col.do': '操作',

  'state.trading': '允许接入',
  'state.new': '尚无电脑',
  'state.disabled': '已停用',
  'state.retired': '已撤店',
  'state.suspected': '两台电脑',
  never: '从未收到',
  old: '{age}的最后一报',

  add: '添加门店',
  'add.id': '编号',
  'add.id.hint': '小写字母、数字、点和短横线，最多 40 个，以后不能更改。',
  'add.id.problem': '须以小写字母或数字开头，其后可用点和短横线，共 40 个以内。',
  'add.id.shared': '“shared”表示全部门店，请换一个编号。',
  'add.name': '名称',
  'add.country': '国家（两个字母，可不填）',
  'add.country.hint': '未带国家码的手机号按此国家识别，如 CN；不填则与全链相同。',
  'add.country.problem': '两个字母，如 CN。',
  'add.submit': '添加门店',
  added: '已添加{name}。接下来请签发注册码，用它注册门店电脑。',

  'one.name': '名称',
  'one.id': '编号',
  'one.country': '国家',
  'one.chain': '与全链相同',
  'one.heard': '最近心跳',
  'one.pc': '电脑',
  'one.waiting': '门店待发',
  'one.here': '总店保存的该店文档',
  'one.actions': '可进行的操作',
  'one.unknown': '没有编号为“{id}”的门店。',

  rename: '修改名称',
  'rename.text': '总店各处显示新名称；门店自己的屏幕仍显示其电脑注册时的名称。',
  'rename.done': '门店现名为{name}。',

  enable: '启用',
  'enable.title': '重新允许{name}接入？',
  'enable.text': '门店可再次同步，并上传期间保留的全部数据。',
  'enable.done': '{name}已重新允许接入。',
  disable: '停用',
  'disable.title': '暂不允许{name}接入？',
  'disable.text': '总店从其下一次请求起拒绝该店。门店可继续营业并保留全部数据，启用后会全部上传。',
  'disable.done': '从下一次请求起拒绝{name}。',

  code: '签发注册码',
  'code.title': '为{name}签发注册码？',
  'code.text':
    '注册码可使一台电脑成为该门店，仅限一次，一天内有效；此前为该店签发的注册码随即失效。如该店现有另一台电脑，新电脑注册后旧电脑将被拒绝。',
  'code.shown': '{name}的注册码',
  'code.once': '仅显示这一次，不作保存。请立即记下或在电脑上输入；如需要可重新签发。',
  'code.until': '有效期至 {time}。',
  'code.there': '在门店电脑上：',
  'code.copy': '复制注册码',
  'code.copied': '已复制',
  'code.by-hand': '浏览器未能复制，请选中注册码手动复制。',

  keep: '这台是本店',
  'keep.title': '{host} 就是该门店的电脑吗？',
  'keep.text': '这台电脑将重新获准接入；其他使用此身份的电脑将永久被拒，重启也不例外。请先记下另一台电脑上的销售。',
  'keep.done': '{name}现为 {host}，其他电脑已被拒绝。',
  'suspected.title': '有两台电脑自称是本门店',
  'suspected.text':
    '可能复制了硬盘，或在原电脑仍在运行时启动了备份。在您指明哪台是本店之前，两台都不获接入，但都可继续营业。',
  'suspected.heard': '{age}有心跳，启动 {epoch}',

  revoke: '拒绝其所有电脑',
  'revoke.title': '拒绝{name}的所有电脑？',
  'revoke.text': '用于电脑被盗或遗失。其密钥立即永久失效；须用新的注册码注册，电脑才能再次成为该门店。',
  'revoke.done': '{name}的电脑均不再获准接入。此前有效的密钥：{count} 个。',

  resnapshot: '重新加载全部数据',
  'resnapshot.title': '让{name}重新加载全部数据？',
  'resnapshot.text': '门店从下次同步起重新加载全部数据，期间可继续营业；尚未上传的数据不会丢失。一般不需要。',
  'resnapshot.done': '{name}将从下次同步起重新加载全部数据。',

  retire: '撤店',
  'retire.title': '将{name}撤店？',
  'retire.text': '该店将被拒绝，总店不再等待它；其文档仍保存在总店，以后可以恢复。',
  'retire.waiting': '最近一次心跳时，门店尚有 {count} 条文档未上传到总店。',
  'retire.done': '{name}已撤店。',
  revive: '恢复',
  'revive.title': '恢复{name}？',
  'revive.text': '门店重新获准接入，自动重新加载全部数据，并上传仍保留的数据。',
  'revive.done': '{name}已恢复。',
}

export const b = translator<BranchWord>({ en, zh })
