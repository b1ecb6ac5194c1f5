import type { FastifyPluginAsync } from 'fastify'
import { readHome } from '../domain/home/read-home.ts'
import { queryOf } from '../plugins/form-parameters.ts'

/** The first page of a signed-in person. `?checklist=1`: it keeps the list that is done. */
const homePage: FastifyPluginAsync = async (app) => {
  app.get('/', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const keepChecklist = queryOf(request.url).get('checklist') === '1'
    const home = await readHome(app.console.context(session), keepChecklist)
    return app.console.show(request, reply, session, 'home', home)
  })
}
export default homePage
