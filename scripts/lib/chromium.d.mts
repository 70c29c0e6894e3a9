/** Types of chromium.mjs for TypeScript. */

export interface EnsureChromiumOptions {
  /** Default `process.env`; `CHROMIUM_PATH` in it is used as it is. */
  env?: NodeJS.ProcessEnv | undefined
  /** Whether Debian's package may be installed; default: yes in CI, else a person on a terminal decides. */
  ask?: ((question: string) => Promise<boolean>) | undefined
  log?: ((line: string) => void) | undefined
  /** Searched after the PATH. */
  extraFolders?: readonly string[] | undefined
}

/** The path of a Chromium or Chrome executable; throws an error that says in one sentence what to do. */
export declare function ensureChromium(options?: EnsureChromiumOptions): Promise<string>
