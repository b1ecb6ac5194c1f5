import { hash, randomFillSync } from 'node:crypto'

/**
 * SHA-256 as 64 hex digits: the only form in which a token, code, key, session or secret is stored.
 */
export function digest(secret: string): string {
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
  if (count > stock.length) {
    throw new RangeError(`There are ${stock.length} random bytes at once, not ${count}.`)
  }
  if (left < count) {
    randomFillSync(stock)
    left = stock.length
  }
  const drawn = stock.subarray(left - count, left)
  left -= count
  const bytes = Buffer.from(drawn)
  drawn.fill(0)
  return bytes
}

const stock = Buffer.alloc(4096)
let left = 0
