import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureChromium } from '../../../scripts/lib/chromium.mjs'
import { createFolder, writeFiles } from '../support/folder.js'

const BROWSER = '#!/bin/sh\n'
const ask = () => Promise.resolve(false)

describe('the Chromium of the tests', () => {
  it('is the given one, else one on the PATH', async () => {
    const folder = createFolder()
    writeFiles(folder, { 'google-chrome': BROWSER, 'my-chromium': BROWSER })
    const options = { ask, extraFolders: [] }
    expect(await ensureChromium({ ...options, env: { PATH: folder } })).toBe(join(folder, 'google-chrome'))
    const given = join(folder, 'my-chromium')
    expect(await ensureChromium({ ...options, env: { PATH: folder, CHROMIUM_PATH: given } })).toBe(given)
  })

  it('is asked for in one sentence when there is none', async () => {
    const env = { PATH: createFolder() }
    await expect(ensureChromium({ env, ask, extraFolders: [] })).rejects.toThrow(
      /^Outpost's browser tests need Chromium and found none: install it \(Debian: `.*apt-get install chromium fonts-wqy-microhei`\), or set CHROMIUM_PATH to .*\.$/,
    )
  })

  it('is not looked for when the given one does not exist', async () => {
    const env = { PATH: '', CHROMIUM_PATH: '/no/such/browser' }
    await expect(ensureChromium({ env, ask })).rejects.toThrow('CHROMIUM_PATH is /no/such/browser')
  })
})
