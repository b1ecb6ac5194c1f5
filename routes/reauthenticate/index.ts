import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { renewAuthentication, type Session } from '../../db/people/sessions.ts'
import { ownPath } from '../../plugins/auth/index.ts'
import { provePassword, wrongPassword } from '../../plugins/auth/password-proof.ts'
import { formOf, queryOf } from '../../plugins/form-parameters.ts'
import type { PageNotice } from '../../plugins/notices.ts'
import { signInPath } from '../../plugins/auth/index.ts'

/** Asks a signed-in person to prove who they are, and returns them to what needs the proof. */
const reauthenticatePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const returnTo = ownPath(queryOf(request.url).get('return_to'))
    const session = await app.auth.session(request)
    // A new sign-in proves as much.
    if (!session) {
      return reply.header('cache-control', 'no-store').redirect(signInPath(returnTo), 303)
    }
    return showForm(app, request, reply, session, returnTo)
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const form = formOf(request)
    const returnTo = ownPath(form.get('return_to'))
    const password = form.get('current_password') ?? ''
    const proof = await provePassword(app, request, session, 'reauthenticate', password)
    if ('refusal' in proof) return refuse(app, reply, session, returnTo, proof.refusal)
    if (!(await renewAuthentication(app.db, session, proof.user))) {
      return refuse(app, reply, session, returnTo, wrongPassword('reauthenticate'))
    }
    await request.audit('auth.reauthenticated', { user_id: session.user_id })
    return reply.header('cache-control', 'no-store').redirect(returnTo, 303)
  })
}
export default reauthenticatePage

async function showForm(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  returnTo: string
): Promise<FastifyReply> {
  const {
    problem,
    status = 200,
    retryAfter
  } = (await app.notices.take(request, session, 'reauthenticate')) ?? {}
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const user = { name: session.name, email: session.email, role: session.role }
  const csrf = app.auth.csrf(session)
  return reply.page('reauthenticate', { user, csrf, returnTo, ...(problem && { problem }) }, status)
}

/** Shows the form again, with what is wrong. */
async function refuse(
  app: FastifyInstance,
  reply: FastifyReply,
  session: Session,
  returnTo: string,
  refusal: PageNotice
): Promise<FastifyReply> {
  await app.notices.leave(session, 'reauthenticate', refusal)
  return reply
    .header('cache-control', 'no-store')
    .redirect(`/reauthenticate?return_to=${encodeURIComponent(returnTo)}`, 303)
}
