import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { findEmailFault } from '../../lib/email-addresses.ts'
import { findPasswordFault } from '../../lib/password-policy.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { findSetupLink, consumeSetupLink } from '../../db/people/setup-links.ts'
import { hasAnyUser, insertFirstAdmin } from '../../db/people/users.ts'
import { requireSameOrigin } from '../../plugins/auth/index.ts'
import type { PageError } from '../../lib/errors.ts'
import { offerOllama } from '../../plugins/embedder/ollama.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'
import { isBrowser, type PageNotice, typedText } from '../../plugins/notices.ts'
import { pageFault } from '../../plugins/error-handler/page-fault.ts'
import type { Texts } from '../../views/texts/index.ts'

const MAX_NAME_LENGTH = 200

interface AccountForm {
  name: string
  email: string
}

/** The one-time set-up link of the first run. It makes its holder the administrator. */
const setupPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const token = queryOf(request.url).get('token') ?? ''
    await requireValidLink(app, token)
    return showForm(app, reply, token, app.notices.takeSignedOut(request, reply, 'setup') ?? {})
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const token = form.get('token') ?? ''
    await requireValidLink(app, token)
    const accountForm = {
      name: (form.get('name') ?? '').trim(),
      email: (form.get('email') ?? '').trim().normalize('NFC')
    }
    const problem = await findProblem(request.texts, form, accountForm)
    if (problem) return refuseForm(app, request, reply, { token, accountForm, problem })
    const passwordHash = await hashPassword(form.get('password')!)
    const newAccount = { ...accountForm, password_hash: passwordHash }
    const admin = await app.db.transaction().execute(async (trx) => {
      return (await consumeSetupLink(trx, token)) ? insertFirstAdmin(trx, newAccount) : undefined
    })
    if (!admin) throw usedLinkError()
    await app.auth.startSession(request, reply, admin)
    await request.audit('user.created', { user_id: admin.user_id, reason: 'setup_link' })
    return reply.redirect('/', 303)
  })
}
export default setupPage

/** A link no longer counts once there is any account. Throws PageError 403. */
async function requireValidLink({ db }: FastifyInstance, token: string): Promise<void> {
  if (!(await findSetupLink(db, token)) || (await hasAnyUser(db))) throw usedLinkError()
}

async function showForm(
  app: FastifyInstance,
  reply: FastifyReply,
  token: string,
  { problem, typed, status = 200 }: PageNotice
): Promise<FastifyReply> {
  const { EMBEDDINGS_URL: embeddingsUrl, OLLAMA_HOST: ollamaHost } = app.config
  const ollama = embeddingsUrl === undefined ? await offerOllama(ollamaHost) : undefined
  return reply.page('setup', { token, ollama, ...typed, ...(problem && { problem }) }, status)
}

/** Shows the form again: a browser by redirect, a program at once. */
async function refuseForm(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  {
    token,
    accountForm,
    problem
  }: { token: string; accountForm: AccountForm; problem: NonNullable<PageNotice['problem']> }
): Promise<FastifyReply> {
  const typed = { name: typedText(accountForm.name), email: typedText(accountForm.email) }
  const refusal = { problem, typed, status: 400 }
  if (!isBrowser(request)) return showForm(app, reply, token, refusal)
  app.notices.leaveSignedOut(reply, { place: 'setup', ...refusal })
  return reply
    .header('cache-control', 'no-store')
    .redirect(`/setup?token=${encodeURIComponent(token)}`, 303)
}

/** The first fault of the form, at its field. */
async function findProblem(
  { typed }: Texts,
  form: Parameters,
  { name, email }: AccountForm
): Promise<PageNotice['problem']> {
  const problemAt = (field: string, text: string) => ({ form: 'setup', field, text })
  const [malformedField] = ['name', 'email', 'password'].filter((field) =>
    form.malformed.includes(field)
  )
  if (malformedField) {
    return problemAt(malformedField, typed.unreadable)
  }
  if (name.length > MAX_NAME_LENGTH) {
    return problemAt('name', typed.longName(MAX_NAME_LENGTH))
  }
  const emailFault = findEmailFault(email)
  if (emailFault) return problemAt('email', typed.email[emailFault])
  const passwordFault = await findPasswordFault(form.get('password') ?? '', [email, name])
  return passwordFault && problemAt('password', typed.password[passwordFault])
}

function usedLinkError(): PageError {
  return pageFault(403, 'usedSetupLink', { reason: 'setup_link_invalid', href: '/login' })
}
