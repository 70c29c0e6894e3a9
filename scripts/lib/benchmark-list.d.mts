/** Types of benchmark-list.mjs for TypeScript. */

export interface Benchmark {
  /** Its file's name without ending. */
  name: string
  description: string
  /** What it needs besides itself, e.g. `mysql`. */
  needs: readonly string[]
}

/**
 * All benchmarks by name. A benchmark is a file of `bench/` with `export const description = '…'` and, where it needs
 * more than itself, `export const needs = ['mysql']`; both are literals, because they are read without running it.
 */
export declare function listBenchmarks(root: string): Benchmark[]
