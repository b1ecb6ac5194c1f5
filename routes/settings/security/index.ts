import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { findIdentity } from '../../../db/people/external-identities.ts'
import { listPasskeys } from '../../../db/people/passkeys.ts'
import { countRecoveryCodes } from '../../../db/people/recovery-codes.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { findTotpSecret } from '../../../db/people/totp-secrets.ts'
import type { ConsolePages } from '../../../plugins/console/pages/index.ts'

type Overview = ConsolePages['security/overview']

/** How a person proves who they are: passkeys, second factor, account at the provider. */
const securityPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { user_id: userId } = session
    const [passkeys, secret, codesLeft, provider] = await Promise.all([
      listPasskeys(app.db, userId),
      findTotpSecret(app.db, userId),
      countRecoveryCodes(app.db, userId),
      findProvider(app, session)
    ])
    return app.console.show(request, reply, session, 'security/overview', {
      passkeys: {
        available: app.passkeys.isAvailable(),
        address: app.publicUrl,
        list: passkeys
      },
      ...(secret && { factor: { created_at: secret.created_at, codesLeft } }),
      ...(provider && { provider })
    })
  })
}
export default securityPage

async function findProvider(app: FastifyInstance, session: Session): Promise<Overview['provider']> {
  const { providerName: name, issuer } = app.oidc
  if (name === undefined || issuer === undefined) return undefined
  const identity = await findIdentity(app.db, session.user_id, issuer)
  const query = new URLSearchParams({ purpose: 'link', token: app.oidc.linkToken(session) })
  return { name, linkPath: `/login/oidc?${query.toString()}`, ...(identity && { identity }) }
}
