/** Headquarters' signed word about the time and its certificates: made there, checked at a branch. */
import { compactVerify, CompactSign } from 'jose'
import { timeStatementSchema, type TimeStatement } from '../../schemas/protocol/time.ts'
import type { SigningKey, VerifyingKey } from '../exchange/signature.ts'

const TYPE = 'outpost-time+jwt'

/** @returns a compact JWS */
export function makeTimeStatement(statement: TimeStatement, key: SigningKey): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(statement)))
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE })
    .sign(key)
}

/**
 * @param challenge what was asked: a statement that was made for another is an old one
 * @throws Error for anything but headquarters' answer to this challenge
 */
export async function verifyTimeStatement(text: string, challenge: string, key: VerifyingKey): Promise<TimeStatement> {
  const { payload, protectedHeader } = await compactVerify(text, key, { algorithms: ['EdDSA'] })
  if (protectedHeader.typ !== TYPE) throw new Error('what is signed is no statement of the time')
  const statement = timeStatementSchema.parse(JSON.parse(new TextDecoder().decode(payload)))
  if (statement.challenge !== challenge) throw new Error('the statement answers another challenge')
  return statement
}
