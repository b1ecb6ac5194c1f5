import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
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

/** Where the embedded database keeps its secret, in the data directory. */
const SECRET_FILE = 'server-secret'

export interface Seal {
  /** Signs JSON for one purpose. The content stays readable to everybody. */
  sign: (purpose: string, content: object) => string
  /**
   * Returns the content if `sign` made it for this purpose at most `seconds` ago. A signature in
   * another spelling of base64url does not count.
   */
  verify: <T extends object>(purpose: string, signed: string, seconds: number) => T | undefined
  /**
   * Derives 256 bits from the text and the server's secret, as 43 base64url characters. The same
   * text gives the same bits.
   */
  derive: (purpose: string, text: string) => string
  /** Encrypts the text (AES-256-GCM) for one purpose and one owner, such as a row's user_id. */
  encrypt: (purpose: string, owner: string, text: string) => string
  /**
   * Decrypts the text. Returns undefined if it was changed, or encrypted under another secret, for
   * another purpose or for another owner.
   */
  decrypt: (purpose: string, owner: string, sealed: string) => string | undefined
}

/** app.seal: signing and encryption under the server's secret. */
export default fp(
  async (app) => {
    app.decorate('seal', createSeal(readServerSecret(app.config)))
  },
  { name: 'seal', dependencies: ['config'] }
)

/** Each purpose has its own key, so that a value of one purpose never works for another. */
function createSeal(serverSecret: string): Seal {
  const purposeKeys = new Map<string, KeyObject>()

  function keyFor(purpose: string): KeyObject {
    const purposeKey = purposeKeys.get(purpose) ?? deriveKey(serverSecret, purpose)
    purposeKeys.set(purpose, purposeKey)
    return purposeKey
  }
  const macOf = (purpose: string, text: string) =>
    createHmac('sha256', keyFor(purpose)).update(text).digest()

  return {
    sign(purpose, content) {
      const body = Buffer.from(
        JSON.stringify({ ...content, at: Math.floor(Date.now() / 1000) })
      ).toString('base64url')
      return `${body}.${macOf(purpose, body).toString('base64url')}`
    },
    verify<T extends object>(purpose: string, signed: string, seconds: number) {
      const [body = '', signature = '', ...extraParts] = signed.split('.')
      const sentSignature = Buffer.from(signature)
      // As text, because base64url has several spellings of the same bytes.
      const validSignature = Buffer.from(macOf(purpose, body).toString('base64url'))
      if (extraParts.length > 0 || sentSignature.length !== validSignature.length) {
        return undefined
      }
      if (!timingSafeEqual(sentSignature, validSignature)) return undefined
      const content = JSON.parse(Buffer.from(body, 'base64url').toString()) as T & { at: number }
      return content.at + seconds >= Date.now() / 1000 ? content : undefined
    },
    derive: (purpose, text) => macOf(purpose, text).toString('base64url'),
    encrypt: (purpose, owner, text) => encryptText(keyFor(purpose), text, owner),
    decrypt: (purpose, owner, sealed) => decryptText(keyFor(purpose), sealed, owner)
  }
}

/**
 * Checks that the operator set the secret with DATABASE_URL, since all nodes need the same. Throws
 * WrongSettingError.
 */
export function requireServerSecret({
  SERVER_SECRET: secret,
  DATABASE_URL: databaseUrl
}: Config): void {
  if (databaseUrl && !secret) {
    throw new WrongSettingError(
      'Wrong setting SERVER_SECRET: it is required with DATABASE_URL, the same on all nodes. ' +
        `A fresh value: SERVER_SECRET=${newSecret()}`
    )
  }
}

/**
 * The secret of the settings, or that of the embedded database, which is made at its first use.
 * Throws WrongSettingError.
 */
export function readServerSecret(config: Config): string {
  if (config.SERVER_SECRET) return config.SERVER_SECRET
  requireServerSecret(config)
  try {
    return storedSecret(config.DATA_DIR)
  } catch (error) {
    throw new WrongSettingError(
      'Wrong setting DATA_DIR: it must be a directory that the server may write ' +
        `(${(error as Error).message}).`
    )
  }
}

/**
 * Gives the embedded database another secret: that of a backup. Throws WrongSettingError if the
 * settings have a different one.
 */
export function replaceServerSecret(config: Config, secret: string): void {
  if (config.SERVER_SECRET === secret) return
  if (config.SERVER_SECRET !== undefined || config.DATABASE_URL !== undefined) {
    throw new WrongSettingError(
      'Wrong setting SERVER_SECRET: it must be that of the backup, or stored tokens and second ' +
        `factors cannot be read. Set SERVER_SECRET=${secret}`
    )
  }
  const secretPath = join(config.DATA_DIR, SECRET_FILE)
  const unfinishedPath = `${secretPath}.unfinished`
  mkdirSync(config.DATA_DIR, { recursive: true, mode: 0o700 })
  writeFileSync(unfinishedPath, secret, { mode: 0o600 })
  renameSync(unfinishedPath, secretPath)
}

/** Creates the secret once in the data directory of the embedded database. */
function storedSecret(directory: string): string {
  const secretPath = join(directory, SECRET_FILE)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(secretPath, newSecret(), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(secretPath, 'utf8').trim()
}
