/** What a person does after a command has written a configuration file. */

export interface NextStep {
  readonly what: string
  readonly command: string
}

export function stepsInWords(steps: readonly NextStep[]): string {
  return ['Next:', ...steps.map(({ what, command }, i) => `  ${i + 1}. ${what}:\n     ${command}`)].join('\n')
}

/** `--data` as a further command takes it, with a blank before it; nothing where the folder is the usual one. */
export function dataOption(dataDir: string, usual: string): string {
  if (dataDir === usual) return ''
  return ` --data ${/^[\w./:@%+-]+$/.test(dataDir) ? dataDir : `'${dataDir.replaceAll("'", String.raw`'\''`)}'`}`
}
