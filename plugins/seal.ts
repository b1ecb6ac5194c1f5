import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fp from 'fastify-plugin'
import { newSecret } from '../db/secrets.ts'
import { type Config, WrongSetting } from './config.ts'

declare module 'fastify' {
  interface FastifyInstance { seal: Seal }
}

export interface Seal {
  /** JSON that anybody can read and only this service can have written, for one purpose. */
  sign: (purpose: string, content: object) => string
  /** The content, when the signature is ours for this purpose and not older than `seconds`; otherwise undefined. */
  verify: <T extends object>(purpose: string, signed: string, seconds: number) => T | undefined
  /** 256 bits that follow from the text and the server's secret, as 43 base64url characters: the same text, the same bits. */
  derive: (purpose: string, text: string) => string
}

/** app.seal: what is keyed by the server's secret. One key per purpose, so that nothing made for one serves another. */
export default fp(async (app) => {
  const secret = serverSecret(app.config)
  const keys = new Map<string, Buffer>()

  function keyFor (purpose: string): Buffer {
    const key = keys.get(purpose) ?? Buffer.from(hkdfSync('sha256', secret, 'kagura', purpose, 32))
    keys.set(purpose, key)
    return key
  }
  const mac = (purpose: string, text: string) => createHmac('sha256', keyFor(purpose)).update(text).digest()

  app.decorate('seal', {
    sign (purpose, content) {
      const body = Buffer.from(JSON.stringify({ ...content, at: Math.floor(Date.now() / 1000) })).toString('base64url')
      return `${body}.${mac(purpose, body).toString('base64url')}`
    },
    verify<T extends object> (purpose: string, signed: string, seconds: number) {
      const [body = '', signature = ''] = signed.split('.')
      const given = Buffer.from(signature, 'base64url')
      const right = mac(purpose, body)
      if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
      const content = JSON.parse(Buffer.from(body, 'base64url').toString()) as T & { at: number }
      return content.at + seconds >= Date.now() / 1000 ? content : undefined
    },
    derive: (purpose, text) => mac(purpose, text).toString('base64url')
  })
}, { name: 'seal', dependencies: ['config'] })

/** Made once into the data directory of the embedded database; with DATABASE_URL the operator sets it, since all nodes need the same. */
function serverSecret (config: Config): string {
  if (config.SERVER_SECRET) return config.SERVER_SECRET
  if (config.DATABASE_URL) throw new WrongSetting(`Wrong setting SERVER_SECRET: it is required with DATABASE_URL, the same on all nodes. A fresh value: SERVER_SECRET=${newSecret()}`)
  const path = join(config.DATA_DIR, 'server-secret')
  mkdirSync(config.DATA_DIR, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(path, newSecret(), { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8').trim()
}
