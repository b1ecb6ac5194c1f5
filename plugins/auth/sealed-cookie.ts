import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookieAttributes, cookieName, cookieValue, type SealedCookie } from './cookie.ts'

const purposeOf = (cookie: SealedCookie) => `cookie ${cookie}`

/** Leaves data in an encrypted cookie of this browser, where nobody can read or change it. */
export function leaveSealed(
  app: FastifyInstance,
  reply: FastifyReply,
  cookie: SealedCookie,
  content: object,
  seconds: number
): void {
  const contentText = JSON.stringify({ ...content, sealed_at: Date.now() })
  reply.setCookie(cookieName(app, cookie), app.seal.encrypt(purposeOf(cookie), '', contentText), {
    ...cookieAttributes(app),
    maxAge: seconds
  })
}

/** The data, if this server left it at most `seconds` ago. The cookie stays. */
export function readSealed<T extends object>(
  app: FastifyInstance,
  request: FastifyRequest,
  cookie: SealedCookie,
  seconds: number
): T | undefined {
  const encryptedText = cookieValue(app, request, cookie)
  if (encryptedText === undefined) return undefined
  const contentText = app.seal.decrypt(purposeOf(cookie), '', encryptedText)
  if (contentText === undefined) return undefined
  const content = JSON.parse(contentText) as T & { sealed_at: number }
  return content.sealed_at + seconds * 1000 > Date.now() ? content : undefined
}

export function clearSealed(app: FastifyInstance, reply: FastifyReply, cookie: SealedCookie): void {
  reply.clearCookie(cookieName(app, cookie), cookieAttributes(app))
}
