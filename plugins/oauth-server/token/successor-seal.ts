import type { TokenPair } from '../../../db/oauth/token-pair.ts'
import { decryptText, deriveKey, encryptText } from '../../../lib/encryption.ts'

const KEY_PURPOSE = 'refresh token successor'

/** The pair that a refresh token was rotated to. */
export interface SealedSuccessor {
  pair: TokenPair
  /** The scope parameter of that request. The name is the one in stored rows. */
  asked?: string | undefined
}

/** Encrypts under a key derived from the old token: the database alone cannot decrypt it. */
export function sealSuccessor(oldToken: string, successor: SealedSuccessor): string {
  return encryptText(deriveKey(oldToken, KEY_PURPOSE), JSON.stringify(successor))
}

/** Decrypts a sealed successor with the old token. Throws Error when the stored text is damaged. */
export function openSuccessor(oldToken: string, sealed: string): SealedSuccessor {
  const jsonText = decryptText(deriveKey(oldToken, KEY_PURPOSE), sealed)
  if (jsonText === undefined) throw new Error('The stored successor of a refresh token is damaged.')
  return JSON.parse(jsonText) as SealedSuccessor
}
