/** Stands in for `schemas/collections/members.ts` where a page is built as an earlier program had it. */
export * from '../../schemas/collections/members.ts'
export { MEMBERS_0 as members } from '../schemas/earlier-members.ts'
