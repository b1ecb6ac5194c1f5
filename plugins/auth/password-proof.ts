import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import type { User } from '../../db/people/users.ts'
import { signIn } from './index.ts'
import type { PageNotice } from '../notices.ts'

const MAX_CHARACTERS = 1024

export type PasswordProof = { user: User } | { refusal: PageNotice }

/** The notice for a form whose field `current_password` was wrong. */
export function wrongPassword({ texts }: FastifyRequest, form: string): PageNotice {
  const text = texts.typed.wrongPassword
  return { problem: { form, field: 'current_password', text }, status: 401 }
}

/**
 * Proves that the signed-in person knows the password of the account, under the same limits on
 * guessing as sign-in. Audits a refusal and returns it as the notice for the form.
 */
export async function provePassword(
  app: FastifyInstance,
  request: FastifyRequest,
  session: Session,
  form: string,
  password: string
): Promise<PasswordProof> {
  const result =
    password.length > MAX_CHARACTERS
      ? { reason: 'wrong_password' as const }
      : await signIn(app.db, {
          email: session.email,
          password,
          address: request.ip,
          knownBrowser: () => session.session_hash
        })
  if ('user' in result) return result
  await request.audit('auth.login.failed', { reason: result.reason, user_id: session.user_id })
  if (result.reason !== 'throttled') return { refusal: wrongPassword(request, form) }
  const { retryAfter } = result
  const text = request.texts.typed.waitSeconds(retryAfter)
  const problem = { form, field: 'current_password', text }
  return { refusal: { problem, status: 429, retryAfter } }
}
