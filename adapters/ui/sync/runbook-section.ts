/** One section of the runbook; needs no page. */

export interface RunbookSection {
  readonly title: string
  /** When it rings; absent for an error code. */
  readonly level?: string
  readonly points: readonly { readonly label: string; readonly text: string }[]
}

/** @param text the whole of docs/operations/runbook.md @returns `undefined` where it has no such section */
export function runbookSection(text: string, name: string, language: 'zh' | 'en'): RunbookSection | undefined {
  const part = text.split(/^### /m).find((one) => one.startsWith(`${name}\n`))
  if (part === undefined) return undefined
  const head = /^\*\*(.+?) · (.+?)\*\*(?: — (.+?)\.?)?$/m.exec(part)
  const points = [...part.matchAll(/^- \*\*(\w+):\*\* (.+)$/gm)].map(([, label = '', line = '']) => ({
    label,
    text: plain(line),
  }))
  return {
    title: (language === 'zh' ? head?.[1] : head?.[2]) ?? name,
    ...(head?.[3] !== undefined && { level: head[3] }),
    points,
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
