import type { FastifyPluginAsync } from 'fastify'
import { deleteGithubToken } from '../../../../db/github-tokens.ts'

const remove: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    if (await deleteGithubToken(app.db, session.user_id)) await request.audit('user.github_token_removed', { user_id: session.user_id })
    return reply.redirect('/', 303)
  })
}
export default remove
