import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { anchorsOf, isRelative, linksOf } from './links.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const pages = markdownFiles(ROOT)

describe('the documents', () => {
  test.each(pages.map((page) => relative(ROOT, page)))('%s links only to what exists', (page) => {
    expect(
      linksOf(read(page))
        .filter(isRelative)
        .flatMap((link) => problemOf(page, link) ?? []),
    ).toEqual([])
  })

  test('are found: the README, the guides, the decisions', () => {
    const found = pages.map((page) => relative(ROOT, page))
    expect(found).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md', 'docs/adr/README.md']))
  })

  test('list every decision', () => {
    const decisions = readdirSync(join(ROOT, 'docs/adr')).filter((name) => /^\d{4}-/.test(name))
    expect(linksOf(read('docs/adr/README.md'))).toEqual(expect.arrayContaining(decisions))
  })
})

describe('reading links', () => {
  test('finds inline links, images, references and HTML, and nothing in code', () => {
    const text = '[a](b.md) ![c](d.svg "title")\n[e]: f.md\n<img src="g.png">\n`[h](i)`\n```\n[j](k)\n```\n'
    expect(linksOf(text)).toEqual(['b.md', 'd.svg', 'f.md', 'g.png'])
  })

  test('makes anchors as GitHub does', () => {
    expect([...anchorsOf('# A `b` c!\n## A b c\n```\n# no\n```\n### 三．x_y')]).toEqual(['a-b-c', 'a-b-c-1', '三x_y'])
  })
})

function problemOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = decodeURIComponent(link).split('#')
  const target = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path)
  if (!existsSync(target)) return `${link}: there is no such file`
  if (anchor === undefined || !target.endsWith('.md')) return undefined
  return anchorsOf(readFileSync(target, 'utf8')).has(anchor) ? undefined : `${link}: there is no such heading`
}

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.name === 'dist') return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return markdownFiles(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}
