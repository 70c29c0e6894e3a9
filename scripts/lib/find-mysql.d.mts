/** Types of find-mysql.mjs for TypeScript. */
import type { Ask } from './ask.mjs'
import type { MysqlProgram } from './mysql-server.mjs'

export type FoundMysql = { kind: 'given'; url: string } | { kind: 'program'; program: MysqlProgram }

export interface FindMysqlOptions {
  env: NodeJS.ProcessEnv
  /** Whether Debian's packages may be installed. */
  ask: Ask
  log: (line: string) => void
  /** Searched after the PATH. */
  extraFolders?: readonly string[]
}

/** `MYSQL_URL`, else an installed server, else Debian's after asking; else throws one sentence about what to do. */
export declare function findMysql(options: FindMysqlOptions): Promise<FoundMysql>

/** The installed server, without any offer to install one. Throws `MYSQL_MISSING`. */
export declare function requireMysql(env: NodeJS.ProcessEnv, extraFolders?: readonly string[]): MysqlProgram
