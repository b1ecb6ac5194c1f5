import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { listMemoryUsage } from '../../../db/memory/usage.ts'
import { listInvitations, revokeInvitation } from '../../../db/people/account-links.ts'
import { listUsers, type User } from '../../../db/people/users.ts'
import { invitePerson } from '../../../domain/people/links.ts'
import { findEmailFault } from '../../../lib/email-addresses.ts'
import { auditorOf } from '../../../plugins/audit.ts'
import type { Account } from '../../../plugins/console/pages/people.ts'
import { formOf, queryOf } from '../../../plugins/form-parameters.ts'
import { typedText } from '../../../plugins/notices.ts'
import { addPersonPages, idPattern, parseRole, roles } from './person.ts'

const PAGE_SIZE = 50
const MAX_INVITATIONS = 50

/** The accounts of this server, and invitations. */
const peoplePages: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    const afterText = queryOf(request.url).get('after') ?? ''
    const after = idPattern.test(afterText) ? afterText : undefined
    const [users, invitations] = await Promise.all([
      listUsers(app.db, { limit: PAGE_SIZE + 1, after }),
      listInvitations(app.db, MAX_INVITATIONS)
    ])
    const lastUser = users[PAGE_SIZE] && users[PAGE_SIZE - 1]
    return app.console.show(request, reply, session, 'admin/people', {
      accounts: await withUsage(app, users.slice(0, PAGE_SIZE)),
      invitations,
      roles,
      more: lastUser && `/admin/people?after=${encodeURIComponent(lastUser.user_id)}`
    })
  })
  addInvitations(app)
  addPersonPages(app, (user) => withUsage(app, [user]).then(([account]) => account!))
}
export default peoplePages

function addInvitations(app: FastifyInstance): void {
  app.post('/invite', async (request, reply) => {
    const session = await app.console.requireAdministratorForm(request)
    app.auth.requireRecent(request, session, '/admin/people')
    const form = formOf(request)
    const texts = request.texts.people
    const email = (form.get('email') ?? '').trim().normalize('NFC')
    const role = parseRole(form.get('role'))
    const refuse = (text: string) =>
      app.console.redirect(reply, session, '/admin/people', {
        problem: { form: 'invite', field: 'email', text },
        typed: { email: typedText(form.get('email')), role: typedText(form.get('role')) },
        status: 400
      })
    const fault = findEmailFault(email)
    if (fault !== undefined || role === undefined || form.malformed.length > 0) {
      return refuse(fault ?? texts.roleMissing)
    }
    const audit = auditorOf(request, session)
    const link = await app.db
      .transaction()
      .execute((trx) => invitePerson(trx, { email, role }, app.publicUrl, audit))
    if (!link) return refuse(texts.emailTaken)
    return app.console.redirect(reply, session, '/admin/people', {
      notice: texts.invited(email),
      shownSecret: { label: texts.invitationLink(email), value: link.url }
    })
  })
  addRevocation(app)
}

function addRevocation(app: FastifyInstance): void {
  app.post('/invite/revoke', async (request, reply) => {
    const session = await app.console.requireAdministratorForm(request)
    const linkId = formOf(request).get('link_id') ?? ''
    const email = idPattern.test(linkId) ? await revokeInvitation(app.db, linkId) : undefined
    const texts = request.texts.people
    if (email === undefined) {
      const problem = { form: 'invite', text: texts.invitationGone }
      return app.console.redirect(reply, session, '/admin/people', { problem, status: 409 })
    }
    await request.audit('user.invitation_revoked', {
      user_id: session.user_id,
      details: { email }
    })
    const notice = texts.invitationRevoked(email)
    return app.console.redirect(reply, session, '/admin/people', { notice })
  })
}

async function withUsage({ db }: FastifyInstance, users: User[]): Promise<Account[]> {
  const usageRows = await listMemoryUsage(
    db,
    users.map((user) => user.user_id)
  )
  const usageById = new Map(usageRows.map((usage) => [usage.user_id, usage]))
  return users.map(({ password_hash: _hash, ...user }) => ({
    user,
    memories: usageById.get(user.user_id)?.memories ?? 0,
    bytes: usageById.get(user.user_id)?.bytes ?? 0
  }))
}
