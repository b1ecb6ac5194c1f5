import type { FastifyPluginAsync } from 'fastify'
import { readHome } from '../domain/home/read-home.ts'

/** The first page of a signed-in person. */
const homePage: FastifyPluginAsync = async (app) => {
  app.get('/', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const home = await readHome(app.console.context(session))
    return app.console.show(request, reply, session, 'home', home)
  })
}
export default homePage
