import type { FastifyPluginAsync } from 'fastify'
import type { AccountView } from '../../plugins/account/view.ts'
import { type Parameters, queryOf } from '../../plugins/form-parameters.ts'

/** The sections of the account page. */
const pageSections = ['apps', 'keys', 'history']

/**
 * The account page of a signed-in person. Who opens the URL of a form comes to its section of the
 * page.
 */
const accountPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    return app.account.showPage(request, reply, session, accountView(queryOf(request.url)))
  })
  for (const section of pageSections) {
    app.get(`/${section}`, async (_request, reply) => reply.redirect(`/account#${section}`, 303))
  }
}
export default accountPage

/** An `apps` that is not a number counts as missing. */
function accountView(query: Parameters): AccountView {
  const appCount = /^\d{1,6}$/.exec(query.get('apps') ?? '')?.[0]
  return {
    app: query.get('app'),
    after: query.get('after'),
    keys: query.get('keys'),
    ended: query.get('ended'),
    ...(appCount !== undefined && { apps: Number(appCount) })
  }
}
