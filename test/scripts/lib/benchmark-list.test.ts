import { describe, expect, it } from 'vitest'
import { listBenchmarks } from '../../../scripts/lib/benchmark-list.mjs'
import { createFolder, writeFiles } from '../support/folder.js'

describe('the list of benchmarks', () => {
  it('holds the files of bench/ that describe themselves', () => {
    const root = createFolder()
    writeFiles(root, {
      'bench/write-vs-plain.ts': "export const description = 'Writes documents, it\\'s against plain SQLite'\n",
      'bench/mirror-vs-bare.ts': `export const description: string =\n  "Mirrors orders" +\n  ' against bare mysql2'\nexport const needs = ['mysql'] as const\n`,
      'bench/figures.ts': 'export const figures = {}\n',
      'bench/README.md': "export const description = 'no'\n",
    })
    expect(listBenchmarks(root)).toEqual([
      { name: 'mirror-vs-bare', description: 'Mirrors orders against bare mysql2', needs: ['mysql'] },
      { name: 'write-vs-plain', description: "Writes documents, it's against plain SQLite", needs: [] },
    ])
  })
})
