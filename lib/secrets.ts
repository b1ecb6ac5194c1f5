import { hash, randomFillSync } from 'node:crypto'

/** SHA-256 as 64 hex digits. The database stores tokens, codes, keys and sessions only so. */
export function secretDigest(secret: string): string {
  return hash('sha256', secret)
}

/** A prefix and 256 random bits as 43 base64url characters, all unreserved (RFC 3986 §2.3). */
export function newSecret(prefix = ''): string {
  return prefix + randomFromStock(32).toString('base64url')
}

/**
 * Random bytes from a stock that is filled in one system call, like UUIDs in Node.js. Bytes are
 * erased from the stock when they leave it. Throws RangeError for more than 4096 bytes.
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
