/** One section of the runbook; needs no page. */

type Language = 'zh' | 'en'

export interface RunbookSection {
  readonly title: string
  /** When it rings; absent for an error code. */
  readonly level?: string
  readonly points: readonly { readonly label: RunbookLabel; readonly text: string }[]
}

export type RunbookLabel = 'Means' | 'Look' | 'Do'

const LABELS: readonly { readonly label: RunbookLabel; readonly zh: string }[] = [
  { label: 'Means', zh: '含义' },
  { label: 'Look', zh: '查看' },
  { label: 'Do', zh: '处理' },
]

/** @param text the whole of docs/operations/runbook.md @returns `undefined` where it has no such section */
export function runbookSection(text: string, name: string, language: Language): RunbookSection | undefined {
  const part = text.split(/^### /m).find((one) => one.startsWith(`${name}\n`))
  if (part === undefined) return undefined
  const head = /^\*\*(.+?) · (.+?)\*\*(?: — (.+?) · (.+))?$/m.exec(part)
  const lines = new Map([...part.matchAll(/^- \*\*([^*]+?)[:：]\*\* (.+)$/gm)].map(([, label, line]) => [label, line]))
  const level = language === 'zh' ? head?.[4] : head?.[3]
  return {
    title: (language === 'zh' ? head?.[1] : head?.[2]) ?? name,
    ...(level !== undefined && { level }),
    points: LABELS.map(({ label, zh }) => ({ label, text: plain(lines.get(language === 'zh' ? zh : label) ?? '') })),
  }
}

/** Parts of a line, those in backquotes apart: they are to be typed. */
export function codeParts(line: string): { readonly text: string; readonly isCode: boolean }[] {
  return line
    .split('`')
    .map((text, at) => ({ text, isCode: at % 2 === 1 }))
    .filter(({ text }) => text !== '')
}

/** Links lead to files beside the runbook, which a page does not have: their words stay. */
function plain(line: string): string {
  return line.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
}
