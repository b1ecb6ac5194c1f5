import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fp from 'fastify-plugin'
import { decryptText, deriveKey, encryptText } from '../lib/encryption.ts'
import { newSecret } from '../lib/secrets.ts'
import { type Config, WrongSettingError } from './config/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    seal: Seal
  }
}

export interface Seal {
  /** JSON that anybody can read and only this service can have written, for one purpose. */
  sign: (purpose: string, content: object) => string
  /**
   * The content, when the signature is ours for this purpose and not older than `seconds`, in its
   * one spelling; otherwise undefined.
   */
  verify: <T extends object>(purpose: string, signed: string, seconds: number) => T | undefined
  /**
   * 256 bits that follow from the text and the server's secret, as 43 base64url characters: the
   * same text, the same bits.
   */
  derive: (purpose: string, text: string) => string
  /**
   * The text encrypted (AES-256-GCM), for one purpose and bound to one owner: nobody else's row
   * opens it.
   */
  encrypt: (purpose: string, owner: string, text: string) => string
  /**
   * The text; undefined when it was encrypted under another secret, for another purpose or owner,
   * or was changed.
   */
  decrypt: (purpose: string, owner: string, sealed: string) => string | undefined
}

/**
 * app.seal: what is keyed by the server's secret. One key per purpose, so that nothing made for one
 * serves another.
 */
export default fp(
  async (app) => {
    const secret = serverSecret(app.config)
    const keys = new Map<string, KeyObject>()

    function keyFor(purpose: string): KeyObject {
      const key = keys.get(purpose) ?? deriveKey(secret, purpose)
      keys.set(purpose, key)
      return key
    }
    const mac = (purpose: string, text: string) =>
      createHmac('sha256', keyFor(purpose)).update(text).digest()

    app.decorate('seal', {
      sign(purpose, content) {
        const body = Buffer.from(
          JSON.stringify({ ...content, at: Math.floor(Date.now() / 1000) })
        ).toString('base64url')
        return `${body}.${mac(purpose, body).toString('base64url')}`
      },
      verify<T extends object>(purpose: string, signed: string, seconds: number) {
        const [body = '', signature = '', ...more] = signed.split('.')
        const given = Buffer.from(signature)
        const right = Buffer.from(mac(purpose, body).toString('base64url')) // text: one spelling counts
        if (more.length > 0 || given.length !== right.length) return undefined
        if (!timingSafeEqual(given, right)) return undefined
        const content = JSON.parse(Buffer.from(body, 'base64url').toString()) as T & { at: number }
        return content.at + seconds >= Date.now() / 1000 ? content : undefined
      },
      derive: (purpose, text) => mac(purpose, text).toString('base64url'),
      encrypt: (purpose, owner, text) => encryptText(keyFor(purpose), text, owner),
      decrypt: (purpose, owner, sealed) => decryptText(keyFor(purpose), sealed, owner)
    })
  },
  { name: 'seal', dependencies: ['config'] }
)

/**
 * With DATABASE_URL the operator sets the secret, since all nodes need the same. Throws
 * WrongSettingError.
 */
export function requireServerSecret({
  SERVER_SECRET: secret,
  DATABASE_URL: databaseUrl
}: Config): void {
  if (databaseUrl && !secret) {
    throw new WrongSettingError(
      `Wrong setting SERVER_SECRET: it is required with DATABASE_URL, the same on all nodes. A fresh value: SERVER_SECRET=${newSecret()}`
    )
  }
}

function serverSecret(config: Config): string {
  if (config.SERVER_SECRET) return config.SERVER_SECRET
  requireServerSecret(config)
  try {
    return keptSecret(config.DATA_DIR)
  } catch (error) {
    throw new WrongSettingError(
      `Wrong setting DATA_DIR: it must be a directory that the server may write (${(error as Error).message}).`
    )
  }
}

/** Made once into the data directory of the embedded database. */
function keptSecret(directory: string): string {
  const path = join(directory, 'server-secret')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(path, newSecret(), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8').trim()
}
