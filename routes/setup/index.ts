import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { findEmailFault } from '../../lib/email-addresses.ts'
import { findPasswordFault } from '../../lib/password-policy.ts'
import { hashPassword } from '../../lib/passwords.ts'
import { findSetupLink, consumeSetupLink } from '../../db/people/setup-links.ts'
import { hasAnyUser, insertFirstAdmin, touchUser } from '../../db/people/users.ts'
import { requireSameOrigin } from '../../plugins/auth/index.ts'
import { PageError } from '../../lib/errors.ts'
import { offerOllama } from '../../plugins/embedder/ollama.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'
import { isBrowser, type PageNotice, typedText } from '../../plugins/notices.ts'

/** The one-time set-up link of the first run: whoever has it becomes the administrator. */
const setup: FastifyPluginAsync = async (app) => {
  /** An account that was made otherwise since then is the first one. */
  const isGood = async (token: string) =>
    (await findSetupLink(app.db, token)) && !(await hasAnyUser(app.db))

  const showForm = async (
    reply: FastifyReply,
    token: string,
    { problem, typed, status = 200 }: PageNotice
  ) => {
    const { EMBEDDINGS_URL: embeddings, OLLAMA_HOST: host } = app.config
    const ollama = embeddings === undefined ? await offerOllama(host) : undefined
    return reply.page('setup', { token, ollama, ...typed, ...(problem && { problem }) }, status)
  }

  app.get('', async (request, reply) => {
    const token = queryOf(request.url).get('token') ?? ''
    if (!(await isGood(token))) throw spent()
    return showForm(reply, token, app.notices.takeSignedOut(request, reply, 'setup') ?? {})
  })

  app.post('', async (request, reply) => {
    requireSameOrigin(request)
    const form = formOf(request)
    const token = form.get('token') ?? ''
    if (!(await isGood(token))) throw spent()
    const name = (form.get('name') ?? '').trim()
    const email = (form.get('email') ?? '').trim().normalize('NFC')
    const problem = await problemOf(form, name, email)
    if (problem) {
      const typed = { name: typedText(name), email: typedText(email) }
      const refusal = { problem, typed, status: 400 }
      if (!isBrowser(request)) return showForm(reply, token, refusal)
      app.notices.leaveSignedOut(reply, { place: 'setup', ...refusal })
      return reply
        .header('cache-control', 'no-store')
        .redirect(`/setup?token=${encodeURIComponent(token)}`, 303)
    }

    const passwordHash = await hashPassword(form.get('password')!)
    const account = { email, name, password_hash: passwordHash }
    const admin = await app.db.transaction().execute(async (trx) => {
      return (await consumeSetupLink(trx, token)) ? insertFirstAdmin(trx, account) : undefined
    })
    if (!admin) throw spent()
    await app.auth.startSession(request, reply, admin)
    await touchUser(app.db, admin.user_id)
    await request.audit('user.created', { user_id: admin.user_id, reason: 'setup_link' })
    return reply.redirect('/', 303)
  })
}
export default setup

async function problemOf(
  form: Parameters,
  name: string,
  email: string
): Promise<PageNotice['problem']> {
  const at = (field: string, text: string) => ({ form: 'setup', field, text })
  const [malformed] = ['name', 'email', 'password'].filter((field) =>
    form.malformed.includes(field)
  )
  if (malformed) return at(malformed, 'Some of the text could not be read. Type it again.')
  if (name.length > 200) return at('name', 'The name may have up to 200 characters.')
  const emailProblem = findEmailFault(email)
  if (emailProblem) return at('email', emailProblem)
  const passwordProblem = await findPasswordFault(form.get('password') ?? '', [email, name])
  return passwordProblem === undefined ? undefined : at('password', passwordProblem)
}

function spent(): PageError {
  const title = 'This set-up link is no longer valid'
  return new PageError(403, title, 'The link works once and expires after 24 hours.', {
    reason: 'setup_link_invalid',
    advice:
      'If there is no account yet, restart the server: it prints a fresh link. If an account' +
      ' was made without this link, sign in with it.',
    steps: [
      {
        when: 'To create an administrator from the command line, in the folder of the server',
        then: 'npx kagura user create --email you@example.org --role admin'
      }
    ],
    link: { href: '/login', text: 'Sign in' }
  })
}
