/** What the pages for operators say to type is looked up in the commands that there are. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../bin/program.ts'

const PAGES = ['README.md', 'alerts.md', 'metrics.md', 'runbook.md']

const typed = PAGES.flatMap((page) => {
  const text = readFileSync(new URL(`../../docs/operations/${page}`, import.meta.url), 'utf8')
  const inline = [...text.matchAll(/`outpost ([^`\n]+)`/g)]
  const blocks = [...text.matchAll(/^(?:runuser.*)?outpost(?:\.js)? ([a-z][^#\n]*?)(?: *#.*)?$/gm)]
  return [...inline, ...blocks].map(([, words]) => [page, words!.trim()] as const)
})

/** @returns why the command would be refused; `undefined` where it would begin */
function refusal(words: readonly string[]): string | undefined {
  let command: Command = createProgram()
  const given: string[] = []
  const options = new Set<string>()
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!
    if (word.startsWith('-')) {
      const option = command.options.find(({ short, long }) => word === short || word === long)
      if (!option) return `${command.name()} has no ${word}`
      options.add(option.attributeName())
      if (option.required && words[(at += 1)] === undefined) return `${word} wants a value`
      continue
    }
    const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word))
    if (next) command = next
    else given.push(word)
  }
  // Groups that do something by themselves have options for it.
  if (command.commands.length > 0 && command.options.length === 0) return `${command.name()} is several commands`
  const [missing] = command.registeredArguments.filter(({ required }) => required).slice(given.length)
  if (missing) return `${command.name()} wants ${missing.name()}`
  if (given.length > command.registeredArguments.length) return `${command.name()} takes no ${given.at(-1)}`
  const must = command.options.find((one) => one.mandatory && !options.has(one.attributeName()))
  return must && `${command.name()} wants ${must.flags}`
}

describe('a command on a page for operators', () => {
  test('is found at all', () => expect(typed.length).toBeGreaterThan(80))

  test.each([
    ['exceptions show', 'show wants id'],
    ['status --nothing', 'status has no --nothing'],
    ['cloud recovery', 'recovery is several commands'],
    ['status too', 'status takes no too'],
  ])('%s would be refused', (words, why) => expect(refusal(words.split(' '))).toBe(why))

  test.each([...new Set(typed.map((one) => one.join(': outpost ')))])('%s', (one) => {
    const [, words = ''] = one.split(': outpost ')
    if (words.startsWith('--version')) return
    expect(refusal(words.replace(/<[^>]*>/g, 'x').split(' '))).toBeUndefined()
  })
})
