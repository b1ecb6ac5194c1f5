import { randomBytes } from 'node:crypto'
import { argon2id, argon2Verify } from 'hash-wasm'

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const cost = { memorySize: 19456, iterations: 2, parallelism: 1, hashLength: 32 }

/** argon2id as a PHC string, which names its own parameters (RFC 9106). */
export function hashPassword (password: string): Promise<string> {
  return argon2id({ ...cost, password: password.normalize('NFC'), salt: randomBytes(16), outputType: 'encoded' })
}

let decoy: Promise<string> | undefined

/** Takes the same time whether or not there is a hash to compare with, so that unknown people cannot be told apart. */
export async function verifyPassword (passwordHash: string | null | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  // The library throws on an empty password.
  const matches = await argon2Verify({ password: password.normalize('NFC') || '\0', hash: passwordHash ?? await decoy })
  return matches && typeof passwordHash === 'string'
}
