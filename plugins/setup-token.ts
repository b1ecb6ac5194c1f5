import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { upsertClient } from '../db/oauth/clients.ts'
import { findEmailFault } from '../lib/email-addresses.ts'
import { findPasswordFault } from '../lib/password-policy.ts'
import { hashPassword } from '../lib/passwords.ts'
import { issueSetupLink } from '../db/people/setup-links.ts'
import { anyUser, insertFirstAdmin } from '../db/people/users.ts'
import { insertAuditLog } from '../db/audit/audit-logs.ts'
import { defaultScope } from '../tools/scopes.ts'
import { WrongSettingError } from './config/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The token of the set-up link; undefined when there is a user already. */
    setupToken: string | undefined
  }
}

/**
 * ChatGPT's callbacks: the one of the guide, the present one, and those it makes for each
 * connector.
 */
const chatgptRedirectUris = [
  'https://chat.openai.com/oauth/callback',
  'https://chatgpt.com/connector_platform_oauth_redirect',
  'https://chatgpt.com/connector/oauth/*'
]

/**
 * What the settings and an empty database ask for at start: the first administrator, or a way to
 * become it; ChatGPT's client.
 */
export default fp(
  async (app) => {
    const {
      ADMIN_EMAIL: email,
      ADMIN_PASSWORD: password,
      CHATGPT_CLIENT_SECRET: chatgptSecret
    } = app.config
    if (email && password && !(await anyUser(app.db))) {
      await requireUsable(app, email, password)
      const passwordHash = await hashPassword(password)
      const admin = await app.db
        .transaction()
        .execute((trx) => insertFirstAdmin(trx, { email, name: '', password_hash: passwordHash }))
      if (admin) {
        await insertAuditLog(app.db, {
          action: 'user.created',
          user_id: admin.user_id,
          reason: 'ADMIN_EMAIL'
        })
      }
    }
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
    app.decorate('setupToken', (await anyUser(app.db)) ? undefined : await issueSetupLink(app.db))
  },
  { name: 'first-run', dependencies: ['db'] }
)

/**
 * Checked only when they are used: an account that is there keeps what it has. A weak password is
 * the operator's to decide, and is told in the log. Throws WrongSettingError.
 */
async function requireUsable(app: FastifyInstance, email: string, password: string): Promise<void> {
  const emailProblem = findEmailFault(email)
  if (emailProblem) throw new WrongSettingError(`Wrong setting ADMIN_EMAIL: ${emailProblem}`)
  const passwordProblem = await findPasswordFault(password, [email])
  if (passwordProblem) {
    app.log.warn(`ADMIN_PASSWORD: ${passwordProblem} Change it after the first sign-in.`)
  }
}
