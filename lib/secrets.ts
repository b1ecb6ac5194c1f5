import { hash, randomBytes } from 'node:crypto'

/** SHA-256 as 64 hex digits. The database stores tokens, codes, keys and sessions only so. */
export function secretDigest(secret: string): string {
  return hash('sha256', secret)
}

/** A prefix and 256 random bits as 43 base64url characters, all unreserved (RFC 3986 §2.3). */
export function newSecret(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}
