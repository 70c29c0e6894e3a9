/** A key as an enrolled branch has it. */
import { keyIdOf, type ProofSigner } from '../../adapters/access/request-proof.ts'
import { newSigningKey, readSigningKey, readVerifyingKey } from '../../adapters/exchange/signature.ts'

export async function newProofSigner(audience = 'headquarters'): Promise<ProofSigner & { readonly publicKey: string }> {
  const { privateKey, publicKey } = newSigningKey()
  return {
    key: readSigningKey(privateKey),
    keyId: await keyIdOf(readVerifyingKey(publicKey)),
    audience,
    publicKey,
  }
}
