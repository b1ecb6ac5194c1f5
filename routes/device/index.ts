import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findDeviceCodeByUserCode } from '../../db/oauth/device-codes.ts'
import type { Session } from '../../db/people/sessions.ts'
import { narrowScope } from '../../tools/scopes.ts'
import { requireSameOrigin } from '../../plugins/auth/index.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'
import { signInAgain, signInPage } from '../../plugins/oauth-server/authorize/sign-in-page.ts'
import { readUserCode, userCodeHash } from '../../plugins/oauth-server/device/user-code.ts'
import { showDecision, showDeviceConsent } from '../../plugins/oauth-server/device/consent-page.ts'
import { decideOnDevice } from '../../plugins/oauth-server/device/decision.ts'
import {
  deviceConsentPath,
  type DeviceForm,
  requireDeviceClient,
  requireUndecided
} from '../../plugins/oauth-server/device/device-form.ts'
import { countGuess, takeBackGuess } from '../../plugins/oauth-server/device/guesses.ts'

/**
 * Where a person lets another device in (RFC 8628 §3.3): signs in, types the code that the device
 * shows, sees what asks, and decides. A code that came in the link is filled in, never sent by
 * itself: whoever made the link may be somebody else (§5.4).
 */
const device: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const query = queryOf(request.url)
    const userCode = readUserCode(query.get('user_code') ?? '')
    const session = await app.auth.session(request)
    if (!session) return signInPage(app, reply, { returnTo: pathFor(userCode) })
    const [handle, decided] = [query.get('form'), query.get('decided')]
    if (decided !== undefined) return showDecision(app, reply, session, decided)
    if (handle !== undefined) return showDeviceConsent(app, request, reply, session, handle)
    const { status, retryAfter, problem, typed } =
      (await app.notices.take(request, session, 'device')) ?? {}
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    const typedCode = typeof typed?.['user_code'] === 'string' ? typed['user_code'] : userCode
    return reply.page(
      'device',
      {
        csrf: app.auth.csrf(session),
        ...(typedCode && { userCode: typedCode }),
        ...(problem && { problem: problem.text }),
        ...(retryAfter !== undefined && { retryAfter })
      },
      status
    )
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const typed = form.get('user_code') ?? ''
    const session = await app.auth.session(request)
    if (!session) return signInAgain(app, reply, pathFor(readUserCode(typed)))
    const signedForm = form.get('form')
    if (signedForm !== undefined) {
      return decideOnDevice(app, request, reply, { session, signedForm, answer: form })
    }
    await app.auth.requireForm(request)
    return enterCode(app, request, reply, session, typed)
  })
}
export default device

function pathFor(userCode: string | undefined): string {
  return userCode === undefined ? '/device' : deviceConsentPath(userCode)
}

/**
 * The code, as far as it may be guessed at, and then the same page that every app's request gets.
 */
async function enterCode(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  typed: string
): Promise<FastifyReply> {
  const again = async (status: number, text?: string, retryAfter?: number) => {
    await app.notices.leave(session, 'device', {
      status,
      typed: { user_code: typed.slice(0, 20) },
      ...(text !== undefined && { problem: { form: 'device', field: 'user_code', text } }),
      ...(retryAfter !== undefined && { retryAfter })
    })
    return redirect(reply, '/device')
  }
  const userCode = readUserCode(typed)
  if (userCode === undefined) {
    return again(
      400,
      'This code is not valid. Codes have eight letters and no vowels, for example BCDF-GHJK.'
    )
  }

  const refuse = (reason: string) =>
    request.audit('oauth.device.refused', { user_id: session.user_id, reason })
  const retryAfter = await countGuess(app.db, session)
  if (retryAfter > 0) {
    await refuse('throttled')
    return again(429, undefined, retryAfter)
  }
  const code = await findDeviceCodeByUserCode(app.db, userCodeHash(app, userCode))
  if (!code) {
    await refuse('user_code_unknown')
    return again(
      400,
      'There is no such code. Compare it with what the device shows; it works for 15 minutes.'
    )
  }
  await takeBackGuess(app.db, session)
  requireUndecided(code)
  const client = await requireDeviceClient(app, code)

  const scope = narrowScope(code.scope, client.scope)
  const form: DeviceForm = {
    device_code_hash: code.device_code_hash,
    user_code: userCode,
    scope,
    user_id: session.user_id,
    session_hash: session.session_hash
  }
  const handle = app.seal.sign('device', form)
  return redirect(reply, `/device?form=${encodeURIComponent(handle)}`)
}

function redirect(reply: FastifyReply, path: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(path, 303)
}
