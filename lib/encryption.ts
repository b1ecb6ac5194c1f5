import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes
} from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/** A 256-bit key for one purpose, derived from a secret (HKDF, RFC 5869). */
export function deriveKey(secret: string, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'kagura', purpose, 32)))
}

/**
 * The text under AES-256-GCM, as base64url of IV, ciphertext and tag. `owner` is authenticated:
 * only the same owner can decrypt it.
 */
export function encryptText(key: KeyObject, text: string, owner = ''): string {
  const initVector = randomBytes(IV_BYTES)
  const textCipher = createCipheriv(ALGORITHM, key, initVector).setAAD(Buffer.from(owner))
  return Buffer.concat([
    initVector,
    textCipher.update(text, 'utf8'),
    textCipher.final(),
    textCipher.getAuthTag()
  ]).toString('base64url')
}

/** The text; undefined if the key or the owner differs, or if the text was changed. */
export function decryptText(key: KeyObject, encrypted: string, owner = ''): string | undefined {
  const encryptedBytes = Buffer.from(encrypted, 'base64url')
  if (encryptedBytes.length < IV_BYTES + TAG_BYTES) return undefined
  const initVector = encryptedBytes.subarray(0, IV_BYTES)
  const textDecipher = createDecipheriv(ALGORITHM, key, initVector)
    .setAAD(Buffer.from(owner))
    .setAuthTag(encryptedBytes.subarray(-TAG_BYTES))
  const cipherText = encryptedBytes.subarray(IV_BYTES, -TAG_BYTES)
  try {
    return textDecipher.update(cipherText, undefined, 'utf8') + textDecipher.final('utf8')
  } catch {
    return undefined
  }
}
