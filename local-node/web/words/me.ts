/** Words of the screen of whoever is logged in. */
export const en = {
  'me.pin': 'Change my PIN',
  'me.pin.text': 'It ends your logins at other devices.',
  'me.present': 'Present PIN',
  'me.present.missing': 'Type your present PIN',
  'me.submit': 'Change PIN',
  'me.done': 'Your PIN is changed.',
}

export const zh: Readonly<Record<keyof typeof en, string>> = {
  'me.pin': '修改我的 PIN',
  'me.pin.text': '修改后，您在其他设备上的登录随即失效。',
  'me.present': '现在的 PIN',
  'me.present.missing': '请输入现在的 PIN',
  'me.submit': '修改 PIN',
  'me.done': 'PIN 已修改。',
}
