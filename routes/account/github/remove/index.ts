import type { FastifyPluginAsync } from 'fastify'
import { deleteGithubToken } from '../../../../db/people/github-tokens.ts'

/** Removes the GitHub token of a person after a confirmation. */
const removeGithubToken: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.auth.session(request)
    if (!session) return reply.redirect('/login', 303)
    return reply.page('confirm', {
      title: 'Remove the GitHub token?',
      points: [
        'Assistants can no longer read issues from GitHub.',
        'At GitHub the token stays valid: revoke it there too if nothing else uses it.'
      ],
      action: '/account/github/remove',
      csrf: app.auth.csrf(session),
      fields: [],
      button: 'Remove token'
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const isRemoved = await deleteGithubToken(app.db, session.user_id)
    if (isRemoved) await request.audit('user.github_token_removed', { user_id: session.user_id })
    const removalNotice = isRemoved
      ? 'The GitHub token was removed. Revoke it at GitHub too if nothing else uses it.'
      : 'No GitHub token was stored.'
    return app.account.redirectTo(reply, session, { notice: removalNotice })
  })
}
export default removeGithubToken
