import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codeParts, runbookSection } from '../../../../adapters/ui/sync/runbook-section.ts'
import { ERROR_CATALOGUE } from '../../../../schemas/error-catalogue.ts'

const TEXT = readFileSync(new URL('../../../../docs/operations/runbook.md', import.meta.url), 'utf8')

describe('a section of the runbook on a page', () => {
  it('has the title of the language, when it rings, and what it means, where to look and what to do', () => {
    const section = runbookSection(TEXT, 'silent-branch', 'en')!
    expect(section).toMatchObject({ title: 'A branch is not heard', level: 'warning after 600 s' })
    expect(section.points.map(({ label }) => label)).toEqual(['Means', 'Look', 'Do'])
  })

  it('is in Chinese from its title to what to do, and where only that is, tells the rest in English', () => {
    const section = runbookSection(TEXT, 'silent-branch', 'zh')!
    expect(section).toMatchObject({ title: '门店失联', level: '超过 600 秒为警告' })
    expect(section.points.map(({ label, language }) => [label, language])).toEqual([
      ['Means', 'zh'],
      ['Look', 'zh'],
      ['Do', 'zh'],
    ])
    for (const { text } of section.points) expect(text).toMatch(/\p{Script=Han}/u)
    const { points, ...rest } = runbookSection(TEXT, 'DISK_FULL', 'zh')!
    expect(rest).toEqual({ title: '磁盘已满' })
    expect(points.map(({ text, language }) => [text, language])).toEqual([
      ['Nothing of the write was saved; the node goes on by itself when there is room.', 'en'],
      ['`df -h`, `outpost doctor`.', 'en'],
      ['腾出磁盘空间，见告警磁盘空间。', 'zh'],
    ])
  })

  it('is there for each error code, with the words of links and not their addresses', () => {
    for (const code of Object.keys(ERROR_CATALOGUE)) {
      const section = runbookSection(TEXT, code, 'en')
      expect(section, code).toMatchObject({ points: [{ label: 'Means' }, { label: 'Look' }, { label: 'Do' }] })
      expect(section!.title, code).not.toBe(code)
      expect(JSON.stringify(section), code).not.toMatch(/\]\(/)
    }
  })

  it('is none where the runbook has none, as for a part of a name', () => {
    expect(runbookSection(TEXT, 'silent', 'en')).toBeUndefined()
  })

  it('tells what is to be typed from what is said', () => {
    expect(codeParts('Run `outpost doctor` there.')).toEqual([
      { text: 'Run ', isCode: false },
      { text: 'outpost doctor', isCode: true },
      { text: ' there.', isCode: false },
    ])
  })
})
