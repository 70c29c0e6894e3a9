/** How a command ends, for scripts. */
export const EXIT = {
  done: 0,
  /** It could not do what was asked, such as to start a node; the message says why. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** It is through, but some rows were rejected. */
  partly: 3,
} as const
