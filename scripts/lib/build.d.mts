/** Types of build.mjs for TypeScript. */

/**
 * Compiles into dist/ if the content of the sources differs from what was compiled last; says whether it did. Several
 * processes may call it at once: one builds, the others wait for it. Throws `BUILD_FAILED` with the compiler's words.
 */
export declare function ensureBuilt(options: { root: string; log: (line: string) => void }): Promise<boolean>
