/** The page at which a new device of the shop fetches the certificate of the branch's authority. */

export const CERTIFICATE_PATH = '/outpost-ca.crt'

export interface SetupFacts {
  /** Where the app is: `https://…`. */
  readonly appUrl: string
  /** The address of this very page on the branch's PC. */
  readonly ownUrl: string
  /** SHA-256 of the certificate, as devices show it: two hexadecimal digits and a colon each. */
  readonly fingerprint: string
}

/** Of one language. */
interface Words {
  readonly lang: string
  readonly title: string
  readonly why: string
  readonly fetch: string
  readonly compare: (facts: SetupFacts) => string
  readonly devices: readonly (readonly [name: string, ...steps: string[]])[]
  readonly openApp: (appUrl: string) => string
}

const ZH: Words = {
  lang: 'zh-CN',
  title: '在这台设备上安装本店的证书',
  why: '设备安装本店的证书后，才能安全地打开收银应用，断网时也能继续使用。每台设备只需安装一次。',
  fetch: '下载证书',
  compare: ({ ownUrl }) =>
    `安装前请先核对：在本店主机上打开 <b>${ownUrl}</b>，那里显示的指纹必须与下面的完全相同。如果不同，请不要安装，并告知负责人。`,
  devices: [
    [
      'Android',
      '请用 Chrome 打开本页，点“下载证书”。',
      '打开“设置”，搜索“CA 证书”，选择“安装证书”→“CA 证书”，再选刚下载的文件 outpost-ca.crt。',
    ],
    [
      'iPhone、iPad',
      '请用 Safari 打开本页，点“下载证书”，选择“允许”。',
      '打开“设置”→“已下载描述文件”，点“安装”。',
      '再打开“设置”→“通用”→“关于本机”→“证书信任设置”，打开本店证书的开关。',
    ],
    [
      'Windows',
      '点“下载证书”，打开文件，点“安装证书”，选择“本地计算机”。',
      '选择“将所有的证书都放入下列存储”→“受信任的根证书颁发机构”，完成后重新打开浏览器。',
    ],
  ],
  openApp: (appUrl) => `安装完成后，打开收银应用：<a href="${appUrl}">${appUrl}</a>，并把它加到主屏幕。`,
}

const EN: Words = {
  lang: 'en',
  title: "Install the shop's certificate on this device",
  why: 'With it the device opens the app safely, and can go on working while the network is down. Once for each device.',
  fetch: 'Download the certificate',
  compare: ({ ownUrl }) =>
    `Compare first: open <b>${ownUrl}</b> on the shop's PC itself. It must show exactly the fingerprint below. If it does not, do not install it, and tell whoever is in charge.`,
  devices: [
    [
      'Android',
      'Open this page in Chrome and download the certificate.',
      'Open Settings, search for “CA certificate”, choose Install a certificate → CA certificate, and pick outpost-ca.crt.',
    ],
    [
      'iPhone, iPad',
      'Open this page in Safari, download the certificate and allow it.',
      'Open Settings → Profile Downloaded and install it.',
      'Then Settings → General → About → Certificate Trust Settings: switch the shop’s certificate on.',
    ],
    [
      'Windows',
      'Download the certificate, open it, choose Install Certificate → Local Machine.',
      'Place it in “Trusted Root Certification Authorities”, then open the browser anew.',
    ],
  ],
  openApp: (appUrl) => `Then open the app, <a href="${appUrl}">${appUrl}</a>, and add it to the home screen.`,
}

/** @param facts hold nothing that HTML would read otherwise: names, addresses and digits */
export function setupPage(facts: SetupFacts): string {
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Outpost · 证书 · Certificate</title>
<style>
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; color: #1a1a1a; background: #fff }
section + section { border-top: 1px solid #bbb; margin-top: 2rem }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem }
.fetch { display: inline-block; padding: .75rem 1.25rem; border-radius: .5rem; background: #0b5394; color: #fff }
code { display: block; font-size: 1.1rem; overflow-wrap: anywhere; background: #f0f0f0; padding: .75rem; border-radius: .5rem }
</style>
</head>
<body>
${[ZH, EN].map((words) => section(words, facts)).join('\n')}
</body>
</html>
`
}

function section({ lang, title, why, fetch, compare, devices, openApp }: Words, facts: SetupFacts): string {
  return `<section lang="${lang}">
<h1>${title}</h1>
<p>${why}</p>
<p>${compare(facts)}</p>
<code>${facts.fingerprint}</code>
<p><a class="fetch" href="${CERTIFICATE_PATH}">${fetch}</a></p>
${devices.map(([name, ...steps]) => `<h2>${name}</h2>\n<ol>${steps.map((step) => `<li>${step}</li>`).join('')}</ol>`).join('\n')}
<p>${openApp(facts.appUrl)}</p>
</section>`
}
