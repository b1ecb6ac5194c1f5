import type { FastifyPluginAsync } from 'fastify'
import { findMemoryUsage } from '../../db/memory/usage.ts'
import { findGithubToken } from '../../db/people/github-tokens.ts'
import { listUserSessions } from '../../db/people/sessions.ts'

/** Browsers that the page counts. */
const MAX_SESSIONS = 100

/** All sections of the settings with their present state. */
const settingsPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const { user_id: userId, name, email, language, timezone } = session
    const [sessions, githubToken, usage] = await Promise.all([
      listUserSessions(app.db, userId, MAX_SESSIONS),
      findGithubToken(app.db, userId),
      findMemoryUsage(app.db, userId)
    ])
    return app.console.show(request, reply, session, 'settings/index', {
      name,
      email,
      chosenLanguage: language,
      timezone,
      sessions: sessions.length,
      githubEnd: githubToken?.token_end,
      memories: usage.memories,
      bytes: usage.bytes,
      meaning: app.embedder !== undefined
    })
  })
}
export default settingsPage
