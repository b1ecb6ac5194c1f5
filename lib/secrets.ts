import { hash, randomFillSync } from 'node:crypto'

/**
 * SHA-256 as 64 hex digits: the only form in which a token, code, key, session or secret is stored.
 */
export function secretDigest(secret: string): string {
  return hash('sha256', secret)
}

/**
 * 256 random bits as 43 base64url characters behind a readable prefix; only unreserved characters
 * (RFC 3986 §2.3).
 */
export function newSecret(prefix = ''): string {
  return prefix + randomFromStock(32).toString('base64url')
}

/**
 * Random bytes, drawn from the operating system many at once, as Node.js does for UUIDs: each draw
 * is a system call. What was given out is in the stock no more. Throws RangeError when asked for
 * more than 4096.
 */
export function randomFromStock(count: number): Buffer {
  if (count > randomStock.length) {
    throw new RangeError(`There are ${randomStock.length} random bytes at once, not ${count}.`)
  }
  if (remainingBytes < count) {
    randomFillSync(randomStock)
    remainingBytes = randomStock.length
  }
  const drawnBytes = randomStock.subarray(remainingBytes - count, remainingBytes)
  remainingBytes -= count
  const randomBytes = Buffer.from(drawnBytes)
  drawnBytes.fill(0)
  return randomBytes
}

const randomStock = Buffer.alloc(4096)
let remainingBytes = 0
