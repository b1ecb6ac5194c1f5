import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * `challenge`: a passkey's challenge. `factor`: a sign-in that waits for its second factor.
 * `authenticator`: an authenticator app that is being set up. `provider` and `link`: a sign-in at
 * the OpenID Connect provider, and an account of it that waits for the proof of an account here.
 */
export type SealedCookie = 'challenge' | 'factor' | 'authenticator' | 'provider' | 'link'
type CookiePurpose = 'session' | 'browser' | SealedCookie

/** Over https the prefix keeps sibling domains from setting the cookie (RFC 6265bis §4.1.3.2). */
export function cookieName({ publicUrl }: FastifyInstance, purpose: CookiePurpose): string {
  return `${publicUrl.startsWith('https:') ? '__Host-' : ''}kagura_${purpose}`
}

/** No script reads these cookies, and no other site's form sends them. */
export function cookieAttributes({ publicUrl }: FastifyInstance) {
  const isSecure = publicUrl.startsWith('https:')
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure } as const
}

/** Its value. Two cookies of one name count as none: an attacker may have planted one of them. */
export function cookieValue(
  app: FastifyInstance,
  request: FastifyRequest,
  purpose: CookiePurpose
): string | undefined {
  const name = cookieName(app, purpose)
  const cookiePairs = (request.headers.cookie ?? '').split(';')
  const sentCookies = cookiePairs.filter((pair) => pair.trim().startsWith(`${name}=`))
  return sentCookies.length === 1 ? request.cookies[name] : undefined
}
