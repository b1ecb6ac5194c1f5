import type { FastifyPluginAsync } from 'fastify'
import { deleteGithubToken } from '../../../../db/people/github-tokens.ts'

const PATH = '/settings/github'

/** Removes the GitHub token of a person after a confirmation. */
const removeGithubToken: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { settings: texts } = request.texts
    return app.console.show(request, reply, session, 'confirm-action', {
      title: texts.githubRemoveTitle,
      points: [texts.githubRemovePoints, texts.githubRemoveAdvice],
      action: '/settings/github/remove',
      fields: [],
      button: texts.githubRemoveButton,
      back: PATH
    })
  })

  app.post('', async (request, reply) => {
    const session = await app.auth.requireForm(request)
    const { settings: texts } = request.texts
    const isRemoved = await deleteGithubToken(app.db, session.user_id)
    if (isRemoved) await request.audit('user.github_token_removed', { user_id: session.user_id })
    const notice = isRemoved ? texts.githubRemoved : texts.githubNotStored
    return app.console.redirect(reply, session, PATH, { notice })
  })
}
export default removeGithubToken
