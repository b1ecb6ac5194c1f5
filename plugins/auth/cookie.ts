import type { FastifyInstance, FastifyRequest } from 'fastify'

type Purpose = 'session' | 'browser'

/**
 * A cookie that no sibling domain can set (RFC 6265bis §4.1.3.2), where https allows the prefix.
 */
export function cookieName({ publicUrl }: FastifyInstance, purpose: Purpose): string {
  return `${publicUrl.startsWith('https:') ? '__Host-' : ''}kagura_${purpose}`
}

/** Its value. Two cookies of the name count as none: one of them may have been planted. */
export function cookieOf(
  app: FastifyInstance,
  request: FastifyRequest,
  purpose: Purpose
): string | undefined {
  const name = cookieName(app, purpose)
  const pairs = (request.headers.cookie ?? '').split(';')
  const sent = pairs.filter((pair) => pair.trim().startsWith(`${name}=`))
  return sent.length === 1 ? request.cookies[name] : undefined
}
