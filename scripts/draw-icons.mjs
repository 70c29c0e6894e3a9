// Draws the branch app's icons from local-node/web/public/icon.svg, which are kept beside it: iPads and installed apps want PNG.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { ensureChromium } from './lib/chromium.mjs'

const folder = fileURLToPath(new URL('../local-node/web/public', import.meta.url))
const svg = readFileSync(join(folder, 'icon.svg'), 'utf8')
/** Systems cut maskable icons and Apple's to a shape of their own: nothing of them is transparent. */
const filled = svg.replace(/ rx="\d+"/, '')

const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ['--no-sandbox'] })
await draw('icon-192.png', svg, 192)
await draw('icon-512.png', svg, 512)
// What is outside of four fifths may be cut off.
await draw('icon-maskable.png', filled, 512, 0.8)
await draw('apple-touch-icon.png', filled, 180)
await browser.close()

/** @param {string} name @param {string} picture @param {number} size in pixels @param {number} scale of what is on the ground */
async function draw(name, picture, size, scale = 1) {
  const page = await browser.newPage({ viewport: { width: size, height: size } })
  const inner = size * scale
  const ground = scale < 1 ? '#0b6e5b' : 'transparent'
  const style = `margin:0;height:${size}px;display:grid;place-items:center;background:${ground}`
  const sized = picture.replace('<svg ', `<svg width="${inner}" height="${inner}" `)
  await page.setContent(`<body style="${style}">${sized}</body>`)
  writeFileSync(join(folder, name), await page.screenshot({ omitBackground: true }))
  await page.close()
}
