import type { FastifyPluginAsync } from 'fastify'
import { touchUser } from '../../db/people/users.ts'
import { acceptInvitation } from '../../domain/people/administration.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { auditorOf } from '../../plugins/audit.ts'
import { requireSameOrigin } from '../../plugins/auth/index.ts'
import {
  findLinkFormProblem,
  refuseAccountLink,
  requireAccountLink,
  showAccountLink,
  usedLinkError
} from '../../plugins/console/account-link.ts'
import { formOf } from '../../plugins/form-parameters.ts'

const page = { kind: 'invitation', place: 'invite' } as const

/** An invited person chooses a name and a password, and is signed in. */
const invitePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const { token, link } = await requireAccountLink(app, request, page.kind)
    return showAccountLink(app, request, reply, page, { token, email: link.email ?? '' })
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const { token, link } = await requireAccountLink(app, request, page.kind)
    const email = link.email ?? ''
    const problem = await findLinkFormProblem(request, email)
    if (problem) return refuseAccountLink(app, request, reply, page, { token, email, problem })
    const form = formOf(request)
    const passwordHash = await hashPassword(form.get('password')!)
    const name = (form.get('name') ?? '').trim()
    const accepted = await acceptInvitation(
      app.db,
      token,
      { name, passwordHash },
      auditorOf(request)
    )
    if (accepted.outcome !== 'made') throw usedLinkError(request)
    await app.auth.startSession(request, reply, accepted.user)
    await touchUser(app.db, accepted.user.user_id)
    return reply.header('cache-control', 'no-store').redirect('/', 303)
  })
}
export default invitePage
