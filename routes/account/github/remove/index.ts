import type { FastifyPluginAsync } from 'fastify'
import { deleteGithubToken } from '../../../../db/github-tokens.ts'
import { accountPage } from '../../../../plugins/account.ts'

const remove: FastifyPluginAsync = async (app) => {
  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const removed = await deleteGithubToken(app.db, session.user_id)
    if (removed) await request.audit('user.github_token_removed', { user_id: session.user_id })
    return accountPage(app, reply, session, { notice: removed ? 'The GitHub token was removed. Revoke it at GitHub too if nothing else uses it.' : 'No GitHub token was stored.' })
  })
}
export default remove
