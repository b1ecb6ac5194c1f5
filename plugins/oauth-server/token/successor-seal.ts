import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject
} from 'node:crypto'
import type { TokenPair } from '../../../db/oauth/token-pair.ts'
import { randomFromStock } from '../../../lib/secrets.ts'

const IV_BYTES = 12
const TAG_BYTES = 16

/** The pair that a refresh token was rotated to. */
export interface SealedSuccessor {
  pair: TokenPair
  /** The scope parameter of that request. The name is the one in stored rows. */
  asked?: string | undefined
}

/**
 * The successor, encrypted by AES-256-GCM under a key derived from the old token (HKDF, RFC 5869):
 * the database alone cannot open it.
 */
export function sealSuccessor(oldToken: string, successor: SealedSuccessor): string {
  const iv = randomFromStock(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', successorKey(oldToken), iv)
  return Buffer.concat([
    iv,
    cipher.update(JSON.stringify(successor), 'utf8'),
    cipher.final(),
    cipher.getAuthTag()
  ]).toString('base64url')
}

export function openSuccessor(oldToken: string, sealed: string): SealedSuccessor {
  const sealedBytes = Buffer.from(sealed, 'base64url')
  const iv = sealedBytes.subarray(0, IV_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', successorKey(oldToken), iv)
  decipher.setAuthTag(sealedBytes.subarray(-TAG_BYTES))
  const encrypted = sealedBytes.subarray(IV_BYTES, -TAG_BYTES)
  const jsonText = decipher.update(encrypted, undefined, 'utf8') + decipher.final('utf8')
  return JSON.parse(jsonText) as SealedSuccessor
}

function successorKey(oldToken: string): KeyObject {
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', oldToken, 'kagura', 'refresh token successor', 32))
  )
}
