/** Words of the frame: navigation, the person, the start, refusals. */
export const en = {
  'nav.members': 'Members',
  'nav.order': 'New order',
  'nav.orders': 'Orders',
  'nav.today': 'Today',
  'nav.requests': 'Requests',
  'nav.sync': 'Sync',
  'nav.health': 'Health',
  'nav.staff': 'Staff',
  'nav.settings': 'Settings',
  'nav.me': 'My PIN',
  'nav.more': 'More',
  'nav.label': 'Screens',
  'nav.skip': 'Skip to the content',
  'nav.waiting': '{count} waiting',
  'nav.lines': '{count} in the order',

  'frame.away': 'The local node is not reachable. You can go on working: everything is saved here and sent later.',
  'frame.back': 'The local node is connected again.',
  'frame.storage.full':
    'This device is running out of room ({free} left). Send what waits here, then clear other data from the device.',
  'frame.storage.fleeting':
    'The browser has not promised to keep what is on this device. Orders that are only here: {count}. Connect it to the local node soon.',
  'frame.storage.more': 'Storage',
  'frame.insecure': 'This page did not come over HTTPS: it cannot open while the local node is away.',
  'frame.insecure.more': 'What to do',
  'frame.dismiss': 'Hide',

  'help.title': 'Keyboard',
  'help.screen': 'Go to “{screen}”',
  'help.help': 'Show this list',
  'help.tab': 'Go from one control to the next',
  'help.escape': 'Close a dialog',
  'help.close': 'Close',

  'person.label': '{name}: my PIN',
  'person.lock': 'Lock',

  'role.cashier': 'Cashier',
  'role.manager': 'Manager',

  'refused.wait': 'Too many were wrong: try again in {time}.',
  'refused.name': 'A name has letters, digits, signs and spaces, 100 at most, and is no phone number.',
  'refused.pin': 'This PIN is too short for a manager, or too easily guessed. Give one with 6 digits or more first.',
  'refused.ACCOUNT_EXISTS': 'There is somebody with this name already, or a manager.',
  'refused.ACCOUNT_NEEDED': 'This is the only manager: make somebody else one first.',
  'refused.FORBIDDEN': 'Only a manager may do this.',
  'refused.LOGIN_FAILED': 'This is not the PIN.',
  'refused.LOGIN_NEEDED': 'Nothing was done: it needs your PIN.',
  'refused.PAIRING_CODE':
    'This code is not open: it was used, is older than ten minutes, or was not typed as it is shown.',
  'refused.NODE_UNREACHABLE': 'The local node is not reachable; this needs it.',

  'start.opening': 'Opening this device’s store …',
  'start.first.title': 'This device has not met its node yet',
  'start.first.text':
    'The first start needs the local node, to learn which branch this is. Check that the branch PC is on and that this device is in the same network, then try again. After that the app also opens without it.',
  'start.retry': 'Try again',
  'start.failed.title': 'The store of this device cannot be opened',
  'start.failed.text':
    'Nothing was changed. Close other tabs of this app and try again; if it stays, show the line below to whoever looks after the system.',
}

export const zh: Readonly<Record<keyof typeof en, string>> = {
  'nav.members': '会员',
  'nav.order': '开单',
  'nav.orders': '订单',
  'nav.today': '今日',
  'nav.requests': '申请',
  'nav.sync': '同步',
  'nav.health': '健康状况',
  'nav.staff': '员工',
  'nav.settings': '设置',
  'nav.me': '我的 PIN',
  'nav.more': '更多',
  'nav.label': '页面',
  'nav.skip': '跳到正文',
  'nav.waiting': '{count} 条待处理',
  'nav.lines': '已点 {count} 项',

  'frame.away': '门店服务端连接不上。请照常工作：数据已存本机，稍后自动发送。',
  'frame.back': '门店服务端已重新连接。',
  'frame.storage.full': '本设备存储空间不足（剩余 {free}）。请先把待发数据发送出去，再清理设备上的其他内容。',
  'frame.storage.fleeting': '浏览器尚未承诺保留本机数据，而有 {count} 笔订单只在本机。请尽快连接门店服务端。',
  'frame.storage.more': '存储空间',
  'frame.insecure': '本页面不是通过 HTTPS 打开的：门店服务端关机时无法打开。',
  'frame.insecure.more': '如何解决',
  'frame.dismiss': '隐藏',

  'help.title': '键盘操作',
  'help.screen': '打开“{screen}”',
  'help.help': '显示本列表',
  'help.tab': '移到下一个控件',
  'help.escape': '关闭对话框',
  'help.close': '关闭',

  'person.label': '{name}：我的 PIN',
  'person.lock': '锁定',

  'role.cashier': '收银员',
  'role.manager': '店长',

  'refused.wait': '错误次数过多，请 {time}后再试。',
  'refused.name': '名称由文字、数字、符号和空格组成，最多 100 个字，且不能是电话号码。',
  'refused.pin': '此 PIN 对店长来说太短，或太容易被猜到。请先设置 6 位或更长的 PIN。',
  'refused.ACCOUNT_EXISTS': '已有同名员工，或已有店长。',
  'refused.ACCOUNT_NEEDED': '这是唯一的店长：请先把另一位员工设为店长。',
  'refused.FORBIDDEN': '只有店长可以进行此操作。',
  'refused.LOGIN_FAILED': 'PIN 不正确。',
  'refused.LOGIN_NEEDED': '未执行：需要输入您的 PIN。',
  'refused.PAIRING_CODE': '配对码无效：已被使用、超过十分钟，或输入有误。',
  'refused.NODE_UNREACHABLE': '门店服务端连接不上，此操作需要它。',

  'start.opening': '正在打开本机数据……',
  'start.first.title': '本设备尚未连接过门店服务端',
  'start.first.text':
    '首次使用需要连接门店服务端，以确认所属门店。请确认门店电脑已开机，且本设备在同一网络中，然后重试。此后即使服务端关机，也能打开本应用。',
  'start.retry': '重试',
  'start.failed.title': '无法打开本机数据',
  'start.failed.text': '数据没有任何改动。请关闭本应用的其他标签页后重试；若仍不行，请把下面一行告诉系统维护人员。',
}
