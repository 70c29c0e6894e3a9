/** What is said while an app replaces an older one. */
import { translator } from '../../../adapters/ui/language.ts'

const en = {
  'upgrade.migrating': 'The app is new: what is on this device is being brought to it. Nothing gets lost.',
  'upgrade.progress': '{done} of {of}',
  'upgrade.others':
    'Another window still has the older app open. Finish what you are doing there, or close it, and this one goes on.',
  'upgrade.ready':
    'A new version of the app is ready. Finish what you are typing; it is then loaded when nobody works here, or now.',
  'upgrade.outdated':
    'This app is out of date: the local node is newer. What you enter stays on this device and is sent by the new app.',
  'upgrade.still-outdated':
    'This app is still out of date after loading anew. What you enter stays on this device and is not sent yet. Load it again later; if this stays, tell whoever looks after the local node.',
  'upgrade.newer':
    'A newer app has been used on this device, and this older one would not see what it keeps. Nothing is lost. Load the new app once the local node is up to date again.',
  'upgrade.now': 'Load the new app',
}

const zh: Readonly<Record<keyof typeof en, string>> = {
  'upgrade.migrating': '应用已更新，正在整理本设备上的数据，不会丢失任何内容。',
  'upgrade.progress': '{done} / {of}',
  'upgrade.others': '另一个窗口还开着旧版应用。请先在那边做完手头的事，或把它关掉，这里会自动继续。',
  'upgrade.ready': '应用有新版本。请先完成正在输入的内容，无人使用时会自动载入，也可以立即打开。',
  'upgrade.outdated': '应用版本过旧：门店服务端已更新。您录入的内容会保存在本设备上，由新版应用发送。',
  'upgrade.still-outdated':
    '重新载入后，应用版本仍然过旧。您录入的内容会保存在本设备上，暂时不会发送。请稍后再试；如果一直这样，请联系负责门店服务端的人员。',
  'upgrade.newer':
    '本设备用过更新版本的应用，当前的旧版看不到其中的数据。数据没有丢失，请在门店服务端恢复到新版本后打开新版应用。',
  'upgrade.now': '打开新版应用',
}

export const t = translator<keyof typeof en>({ en, zh })
