/**
 * The order of the test files. On a clean checkout nothing is known of how long a file takes, so vitest begins with the
 * largest ones; those of random histories are short and take long, and one that comes last leaves a core without work.
 */
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const HISTORIES = /^test\/(simulation|truth)\//

export class RandomHistoriesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isHistory = ({ moduleId }: TestSpecification) => HISTORIES.test(relative(this.ctx.config.root, moduleId))
    const parts = [files.filter(isHistory), files.filter((file) => !isHistory(file))]
    return (await Promise.all(parts.map(super.sort, this))).flat()
  }
}
