/** What people read in Chinese, on pages, in messages and in the runbook, is written as Chinese is, in one word for one thing. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url)
const FOLDERS = ['adapters', 'bin', 'cloud-node', 'local-node', 'schemas']
/** Read what people type, and show nothing. */
const READERS = ['adapters/import/product-rows.ts', 'local-node/web/members/member-changes.ts', 'schemas/phone.ts']
const PAGES = ['README.md', 'docs/legacy.md', 'docs/operations/runbook.md']

const HAN = /\p{Script=Han}/u
/** Beside a figure that is put in, too. */
const HALF_WIDTH = /\p{Script=Han}(?:\{\w+\})?[,:;()!?]|[,:;()!?](?:\{\w+\})?\p{Script=Han}/u

/** What stands for it elsewhere. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  总部: '总店',
  单据: '文档',
  已创建: '已下单',
  门店已注销: '门店已撤店',
  异常文档: '特情',
  异常单据: '特情',
}

interface Line {
  readonly where: string
  readonly text: string
}

/** Comments are for those who read the code. */
function linesOfCode(): Line[] {
  return codeFiles()
    .filter((path) => !READERS.includes(path))
    .flatMap((path) => linesOf(path).filter(({ text }) => !/^\s*(?:\/?\*|\/\/)/.test(text)))
}

function codeFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name}`)
      .filter((path) => /\.tsx?$/.test(path)),
  )
}

function readText(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

/** Addresses of links are no words. */
function linesOfPages(): Line[] {
  return PAGES.flatMap((path) =>
    linesOf(path).map(({ where, text }) => ({ where, text: text.replace(/\]\([^)]*\)/g, ']') })),
  )
}

function linesOf(path: string): Line[] {
  return readText(path)
    .split('\n')
    .map((text, at) => ({ where: `${path}:${at + 1}`, text }))
    .filter(({ text }) => HAN.test(text))
}

const lines = [...linesOfCode(), ...linesOfPages()]

describe('Chinese', () => {
  test('is found in the word tables of both pages, in alerts and in the runbook', () => {
    const files = new Set(lines.map(({ where }) => where.split(':')[0]))
    for (const file of [
      'adapters/alerts/alert-words.ts',
      'adapters/ui/sync/sync-words.ts',
      'cloud-node/web/words.ts',
      'local-node/web/words/sync.ts',
      'docs/operations/runbook.md',
    ]) {
      expect(files).toContain(file)
    }
  })

  test.each([
    '成功率 {value}%,低于',
    '{about}:连续',
    '{title}：{count} 个({names})',
    '失败(共',
    '等待{count}, 已',
    '继续?',
  ])('in %s has half-width signs', (text) => expect(text).toMatch(HALF_WIDTH))

  test('has no half-width signs', () => {
    expect(
      lines.filter(({ text }) => HALF_WIDTH.test(text)).map(({ where, text }) => `${where} ${text.trim()}`),
    ).toEqual([])
  })

  test.each(Object.entries(OTHER_WORDS))('says no %s, but %s', (other) => {
    expect(lines.filter(({ text }) => text.includes(other)).map(({ where }) => where)).toEqual([])
  })

  test('has its own sign between names: no page joins them with the English one', () => {
    const pages = codeFiles().filter((path) => path.endsWith('.tsx') || path.startsWith('cloud-node/web/'))
    expect(pages.length).toBeGreaterThan(100)
    expect(pages.filter((path) => /\.join\('[,;] '\)/.test(readText(path)))).toEqual([])
  })
})
