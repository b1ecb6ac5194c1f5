import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookieName, cookieOf } from './cookie.ts'

/** What browsers keep a cookie for at most. */
const SECONDS = 400 * 86400
const MAX_ACCOUNTS = 5

/**
 * Which browser this is, and who signed in with it. Signed, and of no use but to be counted apart.
 */
interface KnownBrowser {
  browser: string
  accounts: string[]
}

/**
 * What attempts of this browser for this person count under; undefined: they never signed in here.
 */
export function knownBrowser(app: FastifyInstance, request: FastifyRequest) {
  const { browser, accounts = [] } = read(app, request) ?? {}
  return (userId: string): string | undefined => (accounts.includes(userId) ? browser : undefined)
}

/** Remembers in the browser that this person signed in with it: the last five people. */
export function rememberBrowser(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  userId: string
): void {
  const { browser, accounts } = read(app, request) ?? { browser: crypto.randomUUID(), accounts: [] }
  const kept = accounts.filter((account) => account !== userId).slice(0, MAX_ACCOUNTS - 1)
  const content: KnownBrowser = { browser, accounts: [userId, ...kept] }
  reply.setCookie(cookieName(app, 'browser'), app.seal.sign('known-browser', content), {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: app.publicUrl.startsWith('https:'),
    maxAge: SECONDS
  })
}

function read(app: FastifyInstance, request: FastifyRequest): KnownBrowser | undefined {
  const sent = cookieOf(app, request, 'browser')
  return sent === undefined ? undefined : app.seal.verify('known-browser', sent, SECONDS)
}
