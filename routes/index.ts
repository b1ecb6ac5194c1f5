import type { FastifyPluginAsync } from 'fastify'
import { accountPage } from '../plugins/account.ts'

/** The account page, for whoever is signed in. */
const home: FastifyPluginAsync = async (app) => {
  app.get('/', async (request, reply) => {
    const session = await app.auth.session(request)
    return session ? accountPage(app, request, reply, session) : reply.redirect('/login', 303)
  })
}
export default home
