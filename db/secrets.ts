import { hash, randomBytes } from 'node:crypto'

/** SHA-256 as 64 hex digits: the only form in which a token, code, key, session or secret is stored. */
export function digest (secret: string): string {
  return hash('sha256', secret)
}

/** 256 random bits as 43 base64url characters behind a readable prefix; only unreserved characters (RFC 3986 §2.3). */
export function newSecret (prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url')
}
