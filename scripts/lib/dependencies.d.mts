/** Types of dependencies.mjs for TypeScript. */

/**
 * Runs `npm ci` if node_modules is missing or is not what package-lock.json asks for; says whether it did. Throws
 * `LOCKFILE_MISSING`, `NPM_MISSING`, `NPM_FAILED`.
 */
export declare function ensureDependencies(options: { root: string; log: (line: string) => void }): Promise<boolean>
