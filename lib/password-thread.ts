import { randomBytes } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { argon2id, argon2Verify } from 'hash-wasm'

/** OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane. */
const ARGON2_COST = { memorySize: 19456, iterations: 2, parallelism: 1, hashLength: 32 }

/** With a hash, answers whether the password matches. Without, answers its hash (PHC string). */
parentPort!.on('message', async ({ password, hash }: { password: string; hash?: string }) => {
  const hashOrMatch =
    hash === undefined
      ? await argon2id({ ...ARGON2_COST, password, salt: randomBytes(16), outputType: 'encoded' })
      : await argon2Verify({ password, hash })
  parentPort!.postMessage(hashOrMatch)
})
