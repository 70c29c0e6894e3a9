/** Types of lockfile.mjs for TypeScript. */

/**
 * Adds the optional packages of other platforms that are asked for and missing; `added` is empty and the text unchanged
 * when there are none. Throws `LOCKFILE_INCOMPLETE` when one is missing whose platform its name does not tell.
 */
export declare function completeLockfile(text: string): { text: string; added: string[] }
