import type { FastifyPluginAsync } from 'fastify'
import type { AccountView } from '../plugins/account/view.ts'
import { type Parameters, queryOf } from '../plugins/form-parameters.ts'

/** The account page of a signed-in person. */
const accountPage: FastifyPluginAsync = async (app) => {
  app.get('/', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    return app.account.showPage(request, reply, session, accountView(queryOf(request.url)))
  })
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
