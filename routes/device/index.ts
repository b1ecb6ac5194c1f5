import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findDeviceCodeByUserCode } from '../../db/oauth-device-codes.ts'
import type { Session } from '../../db/sessions.ts'
import { groupsOf, groupTexts, narrowScope } from '../../tools/scopes.ts'
import { requireSameOrigin } from '../../plugins/auth/index.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'
import { readUserCode, userCodeHash } from '../../plugins/oauth-server/user-code.ts'
import { decideOnDevice, type DeviceForm, requireClient, requireUndecided } from './decision.ts'
import { countGuess, takeBackGuess } from './guesses.ts'

/**
 * Where a person lets another device in (RFC 8628 §3.3): signs in, types the code that the device shows, sees what asks, and decides. A code
 * that came in the link is filled in, never sent by itself: whoever made the link may be somebody else (§5.4).
 */
const device: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const userCode = readUserCode(queryOf(request.url).get('user_code') ?? '')
    const session = await app.auth.session(request)
    return session ? reply.page('device', { csrf: app.auth.csrf(session), ...(userCode && { userCode }) }) : reply.page('login', { returnTo: pathFor(userCode) })
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const typed = form.get('user_code') ?? ''
    const session = await app.auth.session(request)
    if (!session) return reply.page('login', { returnTo: pathFor(readUserCode(typed)), problem: 'You were signed out in the meantime. Sign in to continue.' })
    const handle = form.get('form')
    if (handle !== undefined) return decideOnDevice(app, request, reply, { session, handle, answer: form })
    await app.auth.requireForm(request)
    return enterCode(app, request, reply, session, typed)
  })
}
export default device

function pathFor (userCode: string | undefined): string {
  return userCode === undefined ? '/device' : `/device?user_code=${userCode}`
}

/** The code, as far as it may be guessed at, and then the same page that every app's request gets. */
async function enterCode (app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, session: Session, typed: string): Promise<FastifyReply> {
  const again = { csrf: app.auth.csrf(session), userCode: typed.slice(0, 20) }
  const userCode = readUserCode(typed)
  if (userCode === undefined) return reply.page('device', { ...again, problem: 'That is no code of ours: it has eight letters, like BCDF-GHJK, and no vowels.' }, 400)

  const refuse = (reason: string) => request.audit('oauth.device.refused', { user_id: session.user_id, reason })
  const retryAfter = await countGuess(app.db, session)
  if (retryAfter > 0) {
    await refuse('throttled')
    return reply.header('retry-after', retryAfter).page('device', { ...again, retryAfter }, 429)
  }
  const code = await findDeviceCodeByUserCode(app.db, userCodeHash(app, userCode))
  if (!code) {
    await refuse('user_code_unknown')
    return reply.page('device', { ...again, problem: 'There is no such code. Compare it with what the device shows; it works for 15 minutes.' }, 400)
  }
  await takeBackGuess(app.db, session)
  requireUndecided(code)
  const client = await requireClient(app, code)

  const scope = narrowScope(code.scope, client.scope)
  const form: DeviceForm = { device_code_hash: code.device_code_hash, user_code: userCode, scope, user_id: session.user_id, session_hash: session.session_hash }
  return reply.page('consent', {
    clientName: client.client_name || client.client_id,
    clientId: client.client_id,
    redirectHost: '',
    redirectKind: 'web',
    registeredBy: client.registration,
    registeredAt: client.created_at,
    user: { name: session.name, email: session.email },
    groups: [...groupsOf(scope)].map((group) => ({ scope: `mcp:${group}`, ...groupTexts[group] })),
    form: app.seal.sign('device', form),
    action: '/device',
    switchAccount: `/login?return_to=${encodeURIComponent(pathFor(userCode))}`,
    device: { userCode, address: code.ip_address ?? 'unknown', userAgent: code.user_agent ?? '', askedAt: code.created_at }
  })
}
