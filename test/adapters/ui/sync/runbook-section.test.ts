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

  it('is in Chinese from its title to what to do', () => {
    const section = runbookSection(TEXT, 'silent-branch', 'zh')!
    expect(section).toMatchObject({ title: '门店失联', level: '超过 600 秒为警告' })
    for (const { text } of section.points) expect(text).toMatch(/\p{Script=Han}/u)
    expect(runbookSection(TEXT, 'DISK_FULL', 'zh')).toEqual({
      title: '磁盘已满',
      points: [
        { label: 'Means', text: '这次写入完全没有保存；有了空间，节点会自动继续。' },
        { label: 'Look', text: '`df -h`、`outpost doctor`。' },
        { label: 'Do', text: '腾出磁盘空间，见告警磁盘空间。' },
      ],
    })
  })

  it('is there for each error code, with the words of links and not their addresses', () => {
    for (const code of Object.keys(ERROR_CATALOGUE)) {
      const section = runbookSection(TEXT, code, 'en')
      for (const { text } of runbookSection(TEXT, code, 'zh')!.points) expect(text, code).not.toBe('')
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
