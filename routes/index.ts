import type { FastifyPluginAsync } from 'fastify'
import { accountPage, type AccountView } from '../plugins/account.ts'
import { type Parameters, queryOf } from '../plugins/form-parameters.ts'

/** The account page, for whoever is signed in. */
const home: FastifyPluginAsync = async (app) => {
  app.get('/', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    return accountPage(app, request, reply, session, viewOf(queryOf(request.url)))
  })
}

/** Which part of its lists the page shows. What is not a number of apps counts as none. */
function viewOf(query: Parameters): AccountView {
  const apps = /^\d{1,6}$/.exec(query.get('apps') ?? '')?.[0]
  return {
    app: query.get('app'),
    after: query.get('after'),
    keys: query.get('keys'),
    ended: query.get('ended'),
    ...(apps !== undefined && { apps: Number(apps) })
  }
}
export default home
