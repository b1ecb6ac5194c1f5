import type { FastifyInstance, FastifyRequest } from 'fastify'

type CookiePurpose = 'session' | 'browser'

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
