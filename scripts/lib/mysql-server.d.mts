/** Types of mysql-server.mjs for TypeScript. */

/** An installed server that can be run privately. */
export interface MysqlProgram {
  flavour: 'mariadb' | 'mysql'
  server: string
  /** Makes an empty data folder; MySQL's server does that itself. */
  installer: string
}

export interface StartMysqlOptions {
  /** Made when missing, reused when not; one server at a time. */
  dataDir: string
  /** Gives up starting, or stops the started server. */
  signal?: AbortSignal | undefined
  /** Gets one line per thing that takes a while; default: nobody. */
  log?: ((line: string) => void) | undefined
  /** Which server to run; default: the installed one. */
  program?: MysqlProgram | undefined
  /** Default: a free one. Give the port and password of an earlier start to come back under the same url. */
  port?: number | undefined
  /** Letters and digits; default: a new random one at each start. */
  password?: string | undefined
  /** Further server options; they win over the usual ones. */
  args?: readonly string[] | undefined
}

export interface MysqlServer {
  /** `mysql://outpost:…@127.0.0.1:port/`; the user may do everything. */
  readonly url: string
  readonly port: number
  readonly password: string
  readonly pid: number
  /** Settles when the server has ended, for whatever reason. */
  readonly exited: Promise<void>
  /** Clean shutdown; SIGKILL when that takes longer than 30 s. Settles when the server is gone. */
  readonly stop: () => Promise<void>
  /** SIGKILL, as a power cut would. Settles when the server is gone. */
  readonly kill: () => Promise<void>
}

/**
 * Starts a private server on 127.0.0.1 and waits until it accepts connections. It ends with this process at the latest;
 * only a SIGKILL of this process leaves it running, and then the next start on the same folder replaces it.
 */
export declare function startMysql(options: StartMysqlOptions): Promise<MysqlServer>
