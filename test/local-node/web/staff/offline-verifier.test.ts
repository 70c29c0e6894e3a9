import { expect, it } from 'vitest'
import { hashSecret } from '../../../../adapters/access/password-hash.ts'
import { isPinOf } from '../../../../local-node/web/staff/offline-verifier.ts'

it('takes in the browser exactly the PIN that the node has hashed', async () => {
  const verifier = await hashSecret('830417')
  expect(await isPinOf(verifier, '830417')).toBe(true)
  expect(await isPinOf(verifier, '830418')).toBe(false)
  expect(await isPinOf(verifier, '')).toBe(false)
})

it.each([
  '',
  'not a hash',
  '$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA',
  '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$',
])('lets nobody in with the verifier "%s"', async (verifier) => {
  expect(await isPinOf(verifier, '830417')).toBe(false)
})
