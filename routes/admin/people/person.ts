import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../../db/people/sessions.ts'
import { findUser, type User } from '../../../db/people/users.ts'
import type { Role } from '../../../db/schema/index.ts'
import {
  type AccountChange,
  changeRole,
  removeAccount,
  switchAccount
} from '../../../domain/people/administration.ts'
import { createResetLink } from '../../../domain/people/links.ts'
import { PageError } from '../../../lib/errors.ts'
import { auditorOf } from '../../../plugins/audit.ts'
import type { Account } from '../../../plugins/console/pages/people.ts'
import { formOf } from '../../../plugins/form-parameters.ts'

export const roles: readonly Role[] = ['user', 'read_only', 'admin']
/** User ids are UUIDs or what an operator inserted; the database refuses NUL. */
export const idPattern = /^[\w.:@-]{1,255}$/

type PersonPath = { Params: { user_id: string } }
interface PersonForm {
  app: FastifyInstance
  request: FastifyRequest
  session: Session
  user: User
}

/** The page of one account, and the forms that change it. */
export function addPersonPages(
  app: FastifyInstance,
  describe: (user: User) => Promise<Account>
): void {
  app.get<PersonPath>('/:user_id', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    const user = await requireUser(app, request, request.params.user_id)
    return app.console.show(request, reply, session, 'admin/person', {
      account: await describe(user),
      roles,
      isSelf: user.user_id === session.user_id
    })
  })
  addForm(app, 'role', async ({ request, session, user }) => {
    const role = parseRole(formOf(request).get('role'))
    if (role === undefined) return undefined
    return changeRole(app.db, user.user_id, role, auditorOf(request, session))
  })
  addForm(app, 'disable', ({ request, session, user }) =>
    switchAccount(app.db, user.user_id, false, auditorOf(request, session))
  )
  addForm(app, 'enable', ({ request, session, user }) =>
    switchAccount(app.db, user.user_id, true, auditorOf(request, session))
  )
  addResetLink(app)
  addDeletion(app, describe)
}

/**
 * A form that changes the account after a recent proof of who the administrator is. `change`
 * returns undefined for a role that does not exist.
 */
function addForm(
  app: FastifyInstance,
  action: 'role' | 'disable' | 'enable',
  change: (form: PersonForm) => Promise<AccountChange | undefined>
): void {
  app.post<PersonPath>(`/:user_id/${action}`, async (request, reply) => {
    const { session, user } = await requirePersonForm(app, request, request.params.user_id)
    const result = await change({ app, request, session, user })
    if (!result) {
      const problem = { form: 'person', text: request.texts.people.roleMissing }
      const path = personPath(user.user_id)
      return app.console.redirect(reply, session, path, { problem, status: 400 })
    }
    return answerChange(app, request, reply, session, user, result)
  })
}

function answerChange(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  user: User,
  result: AccountChange
): Promise<FastifyReply> {
  const texts = request.texts.people
  const path = personPath(user.user_id)
  if (result.outcome === 'last') {
    const problem = { form: 'person', text: texts.lastAdministrator(user.email) }
    return app.console.redirect(reply, session, path, { problem, status: 409 })
  }
  if (result.outcome === 'unknown') throw unknownPerson(request)
  const { role, disabled_at: disabledAt } = result.user
  return app.console.redirect(reply, session, path, {
    notice:
      result.outcome === 'unchanged'
        ? texts.unchanged
        : texts.changed(user.email, texts.roles[role], disabledAt === null)
  })
}

function addResetLink(app: FastifyInstance): void {
  app.post<PersonPath>('/:user_id/reset-link', async (request, reply) => {
    const { session, user } = await requirePersonForm(app, request, request.params.user_id)
    const texts = request.texts.people
    const audit = auditorOf(request, session)
    const link = await app.db
      .transaction()
      .execute((trx) => createResetLink(trx, user, app.publicUrl, audit))
    return app.console.redirect(reply, session, personPath(user.user_id), {
      notice: texts.resetMade(user.email),
      shownSecret: { label: texts.resetLink(user.email), value: link.url }
    })
  })
}

function addDeletion(app: FastifyInstance, describe: (user: User) => Promise<Account>): void {
  app.get<PersonPath>('/:user_id/delete', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    app.auth.requireRecent(request, session)
    const user = await requireUser(app, request, request.params.user_id)
    const { memories } = await describe(user)
    const texts = request.texts.people
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.deleteTitle(user.email),
      points: [texts.deletePoint(memories), texts.deleteApps, texts.deleteForever],
      action: `${personPath(user.user_id)}/delete`,
      fields: [],
      button: texts.delete,
      back: personPath(user.user_id),
      typedWord: { label: texts.typeEmail(user.email), word: user.email }
    })
  })

  app.post<PersonPath>('/:user_id/delete', async (request, reply) => {
    const { session, user } = await requirePersonForm(app, request, request.params.user_id)
    const texts = request.texts.people
    const path = personPath(user.user_id)
    if ((formOf(request).get('typed_word') ?? '').trim() !== user.email) {
      const problem = { form: 'confirm', field: 'typed_word', text: texts.typeExactly }
      return app.console.redirect(reply, session, `${path}/delete`, { problem, status: 400 })
    }
    const result = await removeAccount(app.db, user.user_id, auditorOf(request, session))
    if (result.outcome !== 'changed') {
      return answerChange(app, request, reply, session, user, result)
    }
    if (user.user_id === session.user_id) return reply.redirect('/login', 303)
    const notice = texts.deleted(user.email)
    return app.console.redirect(reply, session, '/admin/people', { notice })
  })
}

async function requirePersonForm(
  app: FastifyInstance,
  request: FastifyRequest,
  userId: string
): Promise<{ session: Session; user: User }> {
  const session = await app.console.requireAdministratorForm(request)
  const user = await requireUser(app, request, userId)
  app.auth.requireRecent(request, session, personPath(user.user_id))
  return { session, user }
}

async function requireUser(
  { db }: FastifyInstance,
  request: FastifyRequest,
  userId: string
): Promise<User> {
  const user = idPattern.test(userId) ? await findUser(db, userId) : undefined
  if (!user) throw unknownPerson(request)
  return user
}

export function parseRole(text: string | undefined): Role | undefined {
  return roles.find((role) => role === text)
}

function personPath(userId: string): string {
  return `/admin/people/${encodeURIComponent(userId)}`
}

function unknownPerson({ texts }: FastifyRequest): PageError {
  return new PageError(404, texts.people.unknown, texts.people.unknownText, {
    reason: 'unknown_person',
    link: { href: '/admin/people', text: texts.people.title }
  })
}
