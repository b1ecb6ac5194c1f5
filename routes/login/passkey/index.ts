import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findUser } from '../../../db/people/users.ts'
import { PasskeyError } from '../../../domain/sign-in/passkeys.ts'
import { ownPath, requireSameOrigin, signInPath } from '../../../plugins/auth/index.ts'
import { formOf, queryOf } from '../../../plugins/form-parameters.ts'
import { passkeyFaultText } from '../../../plugins/passkeys.ts'

const USE = { purpose: 'sign-in' } as const

/** Signs a person in with a passkey. It is the only page of sign-in that needs a script. */
const passkeyPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const returnTo = ownPath(queryOf(request.url).get('return_to'))
    const notice = app.notices.takeSignedOut(request, reply, 'login/passkey')
    const isElsewhere = !app.passkeys.isAvailable() || request.host !== hostOf(app.publicUrl)
    const pageData = {
      action: '/login/passkey',
      returnTo,
      options: isElsewhere ? '' : await app.passkeys.challenge(reply, USE),
      back: signInPath(returnTo),
      ...(isElsewhere && { elsewhere: `${app.publicUrl}${passkeyPath(returnTo)}` }),
      ...(notice?.problem && { problem: notice.problem.text })
    }
    return reply.page('sign-in/passkey', pageData, notice?.status ?? 200)
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const returnTo = ownPath(formOf(request).get('return_to'))
    try {
      const passkey = await app.passkeys.verify(request, reply, USE)
      const user = await findUser(app.db, passkey.user_id)
      const step = { return_to: returnTo, method: 'passkey' }
      const nextPath = user && (await app.signIn.complete(request, reply, user, step))
      if (nextPath !== undefined) {
        return reply.header('cache-control', 'no-store').redirect(nextPath, 303)
      }
      await auditFailure(request, 'disabled_user', passkey.user_id)
      return refuse(reply, returnTo, request.texts.signIn.disabled)
    } catch (error) {
      if (!(error instanceof PasskeyError)) throw error
      await auditFailure(request, error.reason, error.user_id)
      return refuse(reply, returnTo, passkeyFaultText(request.texts, error.reason))
    }
  })

  function refuse(reply: FastifyReply, returnTo: string, text: string): FastifyReply {
    const problem = { form: 'passkey', text }
    app.notices.leaveSignedOut(reply, { place: 'login/passkey', problem, status: 401 })
    return reply.header('cache-control', 'no-store').redirect(passkeyPath(returnTo), 303)
  }
}
export default passkeyPage

function passkeyPath(returnTo: string): string {
  return `/login/passkey?return_to=${encodeURIComponent(returnTo)}`
}

function hostOf(url: string): string {
  return new URL(url).host
}

function auditFailure(
  request: FastifyRequest,
  reason: string,
  userId: string | undefined
): Promise<void> {
  return request.auditBounded('auth.login.failed', { reason, user_id: userId })
}
