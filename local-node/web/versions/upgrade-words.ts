/** What is said while an app replaces an older one. */
import { translator } from '../../../adapters/ui/language.ts'

const en = {
  'upgrade.migrating': 'The app is new: what is on this device is being brought to it. Nothing gets lost.',
  'upgrade.progress': '{done} of {of}',
  'upgrade.others':
    'Another window still has the older app open. Finish what you are doing there, or close it, and this one goes on.',
  'upgrade.turn': 'Another window is bringing the data along. This one goes on when it is through.',
  'upgrade.ready':
    'A new version of the app is ready. Finish what you are typing; it is then loaded when nobody works here, or now.',
  'upgrade.outdated':
    'This app is out of date: the local node is newer. What you enter stays on this device and is sent by the new app.',
  'upgrade.still-outdated':
    'This app is still out of date after loading anew. What you enter stays on this device and is not sent yet. Load it again later; if this stays, tell whoever looks after the local node.',
  'upgrade.newer':
    'A newer app has been used on this device, and this older one would not see what it keeps. Nothing is lost. Load the new app once the local node is up to date again.',
  'upgrade.newer.back':
    'Where the branch stays with the older app: save what is not sent, and empty this device. It then works with the older app.',
  'upgrade.now': 'Load the new app',
  'upgrade.typed':
    'Something typed here is not saved yet: “{text}”. The new app does not have it. Save it first, or load the new app and lose it.',
  'upgrade.typed.pin': 'a PIN',
  'upgrade.anyway': 'Load it and lose the text',
  'upgrade.back': 'Back to the text',

  'stuck.title': 'What is on this device could not be brought to the new app',
  'stuck.kept':
    'Everything is still on the device; nothing was deleted. Work on another device until this one opens again.',
  'stuck.full':
    'There is no room. For a while the app needs as much room again as its documents take. Delete something else from this device, other programs or pictures, then try again.',
  'stuck.room': 'The browser says: {used} used of the {quota} that it gives, {free} left.',
  'stuck.refused':
    'One document does not fit the new app, so trying again will not help by itself. Save what is not sent, empty the device, and it loads everything else from the local node again. Show the line below to whoever looks after the system.',
  'stuck.failed':
    'The browser failed while it wrote. Try again; if this stays, restart the device, and show the line below to whoever looks after the system.',
  'stuck.unsent.title': 'What is not sent yet',
  'stuck.unsent.reading': 'Looking for what was not sent …',
  'stuck.unsent.unreadable': 'The browser does not let it be read: {message}. So the device cannot be emptied either.',
  'stuck.unsent.none': 'Nothing: everything that is on this device is at the local node too.',
  'stuck.unsent.some': 'Only on this device, nowhere else: {kinds}.',
  'stuck.unsent.save': 'Save it as a file',
  'stuck.unsent.reason': 'Save what is not sent as a file, with names and phone numbers in clear: {count}.',
  'stuck.unsent.saved':
    'Look whether the file {name} is among the downloads, and keep it safe: it has names and phone numbers. Whoever looks after the system can enter it again.',
  'stuck.empty.title': 'Empty this device',
  'stuck.empty.text':
    'The app deletes what it keeps here, and loads members, orders and products from the local node again.',
  'stuck.empty.save-first': 'First save what is not sent.',
  'stuck.empty': 'Delete and load again',
  'stuck.empty.reason':
    'Delete everything that the app keeps on this device. Not sent, and then only in the saved file: {count}.',
  'stuck.empty.none':
    'Delete everything that the app keeps on this device? Everything is sent. A manager has to say yes.',
  'stuck.empty.sure':
    'Delete everything that the app keeps on this device? Not sent: {count}. After that they are in the file {name} and nowhere else. A manager has to say yes.',
  'stuck.empty.found': 'I have looked: the file is among the downloads, and is not empty.',
  'stuck.empty.yes': 'Delete',
  'stuck.empty.no': 'Cancel',
}

const zh: Readonly<Record<keyof typeof en, string>> = {
  'upgrade.migrating': '应用已更新，正在整理本设备上的数据，不会丢失任何内容。',
  'upgrade.progress': '{done} / {of}',
  'upgrade.others': '另一个窗口还开着旧版应用。请先在那边做完手头的事，或把它关掉，这里会自动继续。',
  'upgrade.turn': '另一个窗口正在整理本设备上的数据，完成后这里会自动继续。',
  'upgrade.ready': '应用有新版本。请先完成正在输入的内容，无人使用时会自动载入，也可以立即打开。',
  'upgrade.outdated': '应用版本过旧：门店服务端已更新。您录入的内容会保存在本设备上，由新版应用发送。',
  'upgrade.still-outdated':
    '重新载入后，应用版本仍然过旧。您录入的内容会保存在本设备上，暂时不会发送。请稍后再试；如果一直这样，请联系负责门店服务端的人员。',
  'upgrade.newer':
    '本设备用过更新版本的应用，当前的旧版看不到其中的数据。数据没有丢失，请在门店服务端恢复到新版本后打开新版应用。',
  'upgrade.newer.back': '如果门店继续使用旧版：请先保存尚未发送的数据，再清空本设备，之后即可使用旧版应用。',
  'upgrade.now': '打开新版应用',
  'upgrade.typed': '这里有尚未保存的输入内容：“{text}”。打开新版应用后它将丢失。请先保存，或放弃后打开。',
  'upgrade.typed.pin': 'PIN',
  'upgrade.anyway': '放弃输入并打开',
  'upgrade.back': '返回继续输入',

  'stuck.title': '本机数据未能转换到新版应用',
  'stuck.kept': '数据都还在本设备上，没有删除任何内容。在恢复之前，请使用其他设备。',
  'stuck.full': '存储空间不足。转换时需要暂时多占一份空间。请删除本设备上的其他程序或图片，然后重试。',
  'stuck.room': '浏览器显示：已用 {used}，上限 {quota}，剩余 {free}。',
  'stuck.refused':
    '有一份资料不符合新版应用的要求，重试无法解决。请先保存尚未发送的数据，再清空本设备，其余数据会从门店服务端重新下载。请把下面一行告诉系统维护人员。',
  'stuck.failed': '浏览器写入时出错。请重试；若仍不行，请重启设备，并把下面一行告诉系统维护人员。',
  'stuck.unsent.title': '尚未发送的数据',
  'stuck.unsent.reading': '正在查找尚未发送的数据……',
  'stuck.unsent.unreadable': '浏览器无法读取：{message}。因此也不能清空本设备。',
  'stuck.unsent.none': '没有。本设备上的数据门店服务端都有。',
  'stuck.unsent.some': '只在本设备上的数据：{kinds}。',
  'stuck.unsent.save': '保存为文件',
  'stuck.unsent.reason': '把尚未发送的 {count} 份数据保存为文件，其中的姓名和电话号码不加遮盖。',
  'stuck.unsent.saved':
    '请在下载内容中确认文件 {name} 已保存，并妥善保管：其中有姓名和电话号码。系统维护人员可据此重新录入。',
  'stuck.empty.title': '清空本设备',
  'stuck.empty.text': '删除应用保存在本设备上的数据，再从门店服务端重新下载会员、订单和商品。',
  'stuck.empty.save-first': '请先保存尚未发送的数据。',
  'stuck.empty': '清空并重新下载',
  'stuck.empty.reason': '删除应用保存在本设备上的全部数据。尚未发送、之后只在所存文件中的有 {count} 份。',
  'stuck.empty.none': '确定删除应用保存在本设备上的全部数据吗？所有数据都已发送。需要店长同意。',
  'stuck.empty.sure':
    '确定删除应用保存在本设备上的全部数据吗？尚未发送的有 {count} 份，删除后只在文件 {name} 中，别处没有。需要店长同意。',
  'stuck.empty.found': '我已查看：文件在下载内容中，且不是空的。',
  'stuck.empty.yes': '删除',
  'stuck.empty.no': '取消',
}

export const t = translator<keyof typeof en>({ en, zh })
