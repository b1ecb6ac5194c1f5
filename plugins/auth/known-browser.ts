import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookieAttributes, cookieName, cookieValue } from './cookie.ts'

/** Browsers keep a cookie for 400 days at most. */
const COOKIE_SECONDS = 400 * 86400
const MAX_ACCOUNTS = 5

/**
 * Which browser this is, and who signed in with it. The cookie is signed; it gives no rights, it
 * only makes attempts count apart.
 */
interface KnownBrowser {
  browser: string
  accounts: string[]
}

/**
 * Returns a function that names the subject under which this browser's attempts count for a person;
 * undefined when they never signed in with it.
 */
export function knownBrowser(app: FastifyInstance, request: FastifyRequest) {
  const { browser, accounts = [] } = readBrowser(app, request) ?? {}
  return (userId: string): string | undefined => (accounts.includes(userId) ? browser : undefined)
}

/** Remembers in the browser that this person signed in with it: the last five people. */
export function rememberBrowser(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  userId: string
): void {
  const { browser, accounts } = readBrowser(app, request) ?? {
    browser: crypto.randomUUID(),
    accounts: []
  }
  const otherAccounts = accounts.filter((account) => account !== userId).slice(0, MAX_ACCOUNTS - 1)
  const content: KnownBrowser = { browser, accounts: [userId, ...otherAccounts] }
  reply.setCookie(cookieName(app, 'browser'), app.seal.sign('known-browser', content), {
    ...cookieAttributes(app),
    maxAge: COOKIE_SECONDS
  })
}

function readBrowser(app: FastifyInstance, request: FastifyRequest): KnownBrowser | undefined {
  const signedContent = cookieValue(app, request, 'browser')
  if (signedContent === undefined) return undefined
  return app.seal.verify('known-browser', signedContent, COOKIE_SECONDS)
}
