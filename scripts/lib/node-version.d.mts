/** Types of node-version.mjs for TypeScript. */

/** Throws `NODE_TOO_OLD` with what to do; the version is as in `process.versions.node`, by default that. */
export declare function checkNodeVersion(version?: string): void
