/** The version of Outpost, told in heartbeats and by `--version`; `test/schemas/version.test.ts` holds it to package.json. */
export const VERSION = '0.1.0'
