import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { ownPath } from '../../../plugins/auth/index.ts'
import { queryOf } from '../../../plugins/form-parameters.ts'
import {
  ProviderError,
  providerFaultPage,
  type ProviderPurpose
} from '../../../plugins/oidc/index.ts'
import { pageFault } from '../../../plugins/error-handler/page-fault.ts'

/**
 * Leads to the OpenID Connect provider. It is a link and not a form, because browsers would block
 * the redirect of a form to another site.
 */
const providerStart: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const { providerName } = app.oidc
    if (providerName === undefined) {
      throw pageFault(404, 'noProvider', { reason: 'provider_not_set_up' })
    }
    const query = queryOf(request.url)
    const returnTo = ownPath(query.get('return_to'))
    const purpose = await purposeOf(request, query.get('purpose'), query.get('token'))
    try {
      const url = await app.oidc.start(reply, purpose, returnTo)
      return await reply.header('cache-control', 'no-store').redirect(url.href, 303)
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error
      request.log.warn(error)
      throw providerFaultPage(request.texts, providerName, error)
    }
  })

  /** A link to link an account carries a token, so that no other site can start it. */
  async function purposeOf(
    request: FastifyRequest,
    purpose: string | undefined,
    token: string | undefined
  ): Promise<ProviderPurpose> {
    if (purpose !== 'link' && purpose !== 'reauthenticate') return { purpose: 'sign-in' }
    const session = await app.console.requireSession(request)
    if (purpose === 'link') {
      app.auth.requireRecent(request, session, '/settings/security')
      if (token !== app.oidc.linkToken(session)) {
        throw pageFault(403, 'outdatedLink', { reason: 'cross_site_form' })
      }
    }
    return { purpose, session }
  }
}
export default providerStart
