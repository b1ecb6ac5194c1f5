import type { FastifyPluginAsync } from 'fastify'
import { create as createQrCode } from 'qrcode'
import { newTotpSecret, totpAddress } from '../../../../domain/sign-in/totp.ts'
import { clearSealed, leaveSealed, readSealed } from '../../../../plugins/auth/sealed-cookie.ts'
import { formOf } from '../../../../plugins/form-parameters.ts'

const PAGE = '/settings/security/authenticator'
const OVERVIEW = '/settings/security'
/** Seconds that a person may take to set up the app. */
const SET_UP_SECONDS = 900
/** Modules of white around a QR code, as scanners need it. */
const QUIET_ZONE = 4

interface PendingSetUp {
  secret: string
  user_id: string
}

/** Sets up an authenticator app. The secret waits in the browser until the app shows its code. */
const authenticatorPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    app.auth.requireRecent(request, session)
    if (await app.secondFactor.isSetUp(session.user_id)) return reply.redirect(OVERVIEW, 303)
    // After a wrong code the app on the phone still has the former secret.
    const pending = readSealed<PendingSetUp>(app, request, 'authenticator', SET_UP_SECONDS)
    const isOwn = pending?.user_id === session.user_id
    const secret = isOwn ? pending.secret : newTotpSecret()
    const setUp: PendingSetUp = { secret, user_id: session.user_id }
    leaveSealed(app, reply, 'authenticator', setUp, SET_UP_SECONDS)
    return app.console.show(request, reply, session, 'security/authenticator', {
      secret: secret.match(/.{1,4}/g)!.join(' '),
      qr: qrPath(totpAddress(secret, session.email, 'Kagura Memory'))
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    app.auth.requireRecent(request, session, PAGE)
    const { user_id: userId } = session
    const { security, signIn } = request.texts
    const pending = readSealed<PendingSetUp>(app, request, 'authenticator', SET_UP_SECONDS)
    if (pending?.user_id !== userId) {
      const problem = { form: 'authenticator', text: security.setUpExpired }
      return app.console.redirect(reply, session, PAGE, { problem, status: 400 })
    }
    const code = formOf(request).get('code') ?? ''
    const codes = await app.secondFactor.setUp(userId, pending.secret, code)
    if (!codes) {
      const problem = { form: 'authenticator', field: 'code', text: signIn.codeWrong }
      return app.console.redirect(reply, session, PAGE, { problem, status: 400 })
    }
    clearSealed(app, reply, 'authenticator')
    await request.audit('user.second_factor_added', { user_id: userId })
    await app.notices.leave(session, 'recovery-codes', { codes })
    const notice = security.setUpDone
    return app.console.redirect(reply, session, '/settings/security/recovery-codes', { notice })
  })
}
export default authenticatorPage

/** The dark modules of a QR code as one SVG path. */
function qrPath(text: string): { size: number; path: string } {
  const { modules } = createQrCode(text, { errorCorrectionLevel: 'M' })
  const rows = Array.from({ length: modules.size }, (_, row) => row)
  const path = rows
    .flatMap((row) =>
      rows
        .filter((column) => modules.get(row, column))
        .map((column) => `M${column + QUIET_ZONE} ${row + QUIET_ZONE}h1v1h-1z`)
    )
    .join('')
  return { size: modules.size + 2 * QUIET_ZONE, path }
}
