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

/** Characters of a typed code that the form shows again. */
const MAX_TYPED_CODE = 20
const INVALID_CODE =
  'This code is not valid. Codes have eight letters and no vowels, for example BCDF-GHJK.'
const UNKNOWN_CODE =
  'There is no such code. Compare it with what the device shows; it works for 15 minutes.'

/**
 * Lets a person connect another device (RFC 8628 §3.3): they sign in, type the code that the device
 * shows, and decide. A code from the link is filled in but never sent by itself, because the link
 * may come from an attacker (§5.4).
 */
const devicePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const query = queryOf(request.url)
    const userCode = readUserCode(query.get('user_code') ?? '')
    const session = await app.auth.session(request)
    if (!session) return signInPage(app, reply, { returnTo: pathFor(userCode) })
    const [formHandle, decided] = [query.get('form'), query.get('decided')]
    if (decided !== undefined) return showDecision(app, reply, session, decided)
    if (formHandle !== undefined) return showDeviceConsent(app, request, reply, session, formHandle)
    return showCodeForm(app, request, reply, session, userCode)
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const typedCode = form.get('user_code') ?? ''
    const session = await app.auth.session(request)
    if (!session) return signInAgain(app, reply, pathFor(readUserCode(typedCode)))
    const signedForm = form.get('form')
    if (signedForm !== undefined) {
      return decideOnDevice(app, request, reply, { session, signedForm, answer: form })
    }
    await app.auth.requireForm(request)
    return enterCode(app, request, reply, session, typedCode)
  })
}
export default devicePage

function pathFor(userCode: string | undefined): string {
  return userCode === undefined ? '/device' : deviceConsentPath(userCode)
}

async function showCodeForm(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  userCode: string | undefined
): Promise<FastifyReply> {
  const { status, retryAfter, problem, typed } =
    (await app.notices.take(request, session, 'device')) ?? {}
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const typedCode = typeof typed?.['user_code'] === 'string' ? typed['user_code'] : userCode
  const pageData = {
    csrf: app.auth.csrf(session),
    ...(typedCode && { userCode: typedCode }),
    ...(problem && { problem: problem.text }),
    ...(retryAfter !== undefined && { retryAfter })
  }
  return reply.page('device', pageData, status)
}

/** Checks a typed code, within the limit of guesses, and leads to the consent page. */
async function enterCode(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  typedCode: string
): Promise<FastifyReply> {
  const askAgain = (refusal: { status: number; text?: string; retryAfter?: number }) =>
    askForCode(app, reply, session, typedCode, refusal)
  const userCode = readUserCode(typedCode)
  if (userCode === undefined) return askAgain({ status: 400, text: INVALID_CODE })

  const auditRefusal = (reason: string) =>
    request.audit('oauth.device.refused', { user_id: session.user_id, reason })
  const retryAfter = await countGuess(app.db, session)
  if (retryAfter > 0) {
    await auditRefusal('throttled')
    return askAgain({ status: 429, retryAfter })
  }
  const deviceCode = await findDeviceCodeByUserCode(app.db, userCodeHash(app, userCode))
  if (!deviceCode) {
    await auditRefusal('user_code_unknown')
    return askAgain({ status: 400, text: UNKNOWN_CODE })
  }
  await takeBackGuess(app.db, session)
  requireUndecided(deviceCode)
  const client = await requireDeviceClient(app, deviceCode)
  const deviceForm: DeviceForm = {
    device_code_hash: deviceCode.device_code_hash,
    user_code: userCode,
    scope: narrowScope(deviceCode.scope, client.scope),
    user_id: session.user_id,
    session_hash: session.session_hash
  }
  const formHandle = app.seal.sign('device', deviceForm)
  return redirect(reply, `/device?form=${encodeURIComponent(formHandle)}`)
}

/** Redirects to the form, which shows the problem. */
async function askForCode(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  typedCode: string,
  { status, text, retryAfter }: { status: number; text?: string; retryAfter?: number }
): Promise<FastifyReply> {
  await app.notices.leave(session, 'device', {
    status,
    typed: { user_code: typedCode.slice(0, MAX_TYPED_CODE) },
    ...(text !== undefined && { problem: { form: 'device', field: 'user_code', text } }),
    ...(retryAfter !== undefined && { retryAfter })
  })
  return redirect(reply, '/device')
}

function redirect(reply: FastifyReply, path: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(path, 303)
}
