import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { upsertClient } from '../db/oauth/clients.ts'
import { findEmailFault } from '../lib/email-addresses.ts'
import { findPasswordFault } from '../lib/password-policy.ts'
import { hashPassword } from '../lib/passwords.ts'
import { issueSetupLink } from '../db/people/setup-links.ts'
import { hasAnyUser, insertFirstAdmin } from '../db/people/users.ts'
import { insertAuditLog } from '../db/audit/audit-logs.ts'
import { defaultScope } from '../tools/scopes.ts'
import { WrongSettingError } from './config/index.ts'
import { catalogues } from '../views/texts/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The token of the set-up link; undefined once there is a user. */
    setupToken: string | undefined
  }
}

/**
 * ChatGPT's callbacks: the callback of its guide, the current callback, and one for each connector.
 */
const chatgptRedirectUris = [
  'https://chat.openai.com/oauth/callback',
  'https://chatgpt.com/connector_platform_oauth_redirect',
  'https://chatgpt.com/connector/oauth/*'
]

/**
 * app.setupToken. At start this plugin creates what the settings ask for: the first administrator
 * and ChatGPT's client. Without any user it issues a set-up link instead.
 */
export default fp(
  async (app) => {
    const {
      ADMIN_EMAIL: email,
      ADMIN_PASSWORD: password,
      CHATGPT_CLIENT_SECRET: chatgptSecret
    } = app.config
    if (email && password && !(await hasAnyUser(app.db))) await createAdmin(app, email, password)
    if (chatgptSecret) {
      await upsertClient(
        app.db,
        'chatgpt-connector',
        {
          client_name: 'ChatGPT Connector',
          redirect_uris: chatgptRedirectUris,
          scope: defaultScope,
          token_endpoint_auth_method: 'client_secret_post'
        },
        chatgptSecret
      )
    }
    app.decorate(
      'setupToken',
      (await hasAnyUser(app.db)) ? undefined : await issueSetupLink(app.db)
    )
  },
  { name: 'setup-token', dependencies: ['db'] }
)

/** Throws WrongSettingError for an address that is not valid. */
async function createAdmin(app: FastifyInstance, email: string, password: string): Promise<void> {
  await requireUsable(app, email, password)
  const passwordHash = await hashPassword(password)
  const firstAdmin = await app.db
    .transaction()
    .execute((trx) => insertFirstAdmin(trx, { email, name: '', password_hash: passwordHash }))
  if (!firstAdmin) return
  await insertAuditLog(app.db, {
    action: 'user.created',
    user_id: firstAdmin.user_id,
    reason: 'ADMIN_EMAIL'
  })
}

/**
 * Checks the settings only when they create an account, since an existing account keeps its own. A
 * weak password causes a warning in the log: the operator decides. Throws WrongSettingError.
 */
async function requireUsable(app: FastifyInstance, email: string, password: string): Promise<void> {
  const { typed } = catalogues.en
  const emailProblem = findEmailFault(email)
  if (emailProblem) {
    throw new WrongSettingError(`Wrong setting ADMIN_EMAIL: ${typed.email[emailProblem]}`)
  }
  const passwordProblem = await findPasswordFault(password, [email])
  if (passwordProblem) {
    app.log.warn(
      `ADMIN_PASSWORD: ${typed.password[passwordProblem]} Change it after the first sign-in.`
    )
  }
}
