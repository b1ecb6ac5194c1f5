import { createHash, timingSafeEqual } from 'node:crypto'

/** 43 to 128 unreserved characters (RFC 7636 §4.1). */
export function isCodeVerifier(text: string): boolean {
  return /^[\w.~-]{43,128}$/.test(text)
}

/** S256: exactly the base64url of 32 bytes; plain: a verifier itself (RFC 7636 §4.2). */
export function isCodeChallenge(text: string, method: string): boolean {
  return method === 'S256' ? /^[\w-]{43}$/.test(text) : isCodeVerifier(text)
}

/** Whether the challenge was made from this verifier (RFC 7636 §4.6). */
export function verifierMatches(
  verifier: string,
  codeChallenge: string,
  method: string | null
): boolean {
  const expectedChallenge =
    method === 'S256' ? createHash('sha256').update(verifier).digest('base64url') : verifier
  return (
    expectedChallenge.length === codeChallenge.length &&
    timingSafeEqual(Buffer.from(expectedChallenge), Buffer.from(codeChallenge))
  )
}
