import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Session } from '../../db/people/sessions.ts'
import { groupBoxes, toolGroups } from '../../tools/scopes.ts'
import type { PageNotice } from '../notices.ts'
import { keptChoice, limitChoice } from '../oauth-server/limit-choice.ts'
import { listAccountApps } from './apps.ts'
import { listAccountKeys } from './keys.ts'
import type { AccountView } from './view.ts'

declare module 'fastify' {
  interface FastifyInstance {
    account: Account
  }
}

export interface Account {
  /** Answers with the account page: connected apps, API keys, and the notice of the last form. */
  showPage: (
    request: FastifyRequest,
    reply: FastifyReply,
    session: Session,
    view: AccountView
  ) => Promise<FastifyReply>
  /** Answers a form: redirects to the account page, which shows the notice once. */
  redirectTo: (reply: FastifyReply, session: Session, notice: PageNotice) => Promise<FastifyReply>
}

/** app.account: the page of a signed-in person, to which the forms on it return. */
export default fp(
  async (app) => {
    app.decorate('account', {
      async showPage(request, reply, session, view) {
        const {
          status = 200,
          retryAfter,
          ...pageNotice
        } = (await app.notices.take(request, session, 'console')) ?? {}
        const newKey = await app.notices.take(request, session, 'new-key')
        if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
        const [accountApps, accountKeys, keyLimits] = await Promise.all([
          listAccountApps(app.db, session.user_id, view),
          listAccountKeys(app.db, session.user_id, view),
          limitChoice(app.db, session.user_id, keptChoice(pageNotice.typed?.['limits']))
        ])
        return reply.page(
          'account',
          {
            user: { name: session.name, email: session.email, role: session.role },
            mcpUrl: app.mcpUrl,
            keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
            registration: app.config.DYNAMIC_REGISTRATION,
            csrf: app.auth.csrf(session),
            keyForm: crypto.randomUUID(),
            keyGroups: groupBoxes(toolGroups, session.role),
            keyLimits,
            historyDays: app.config.TOOL_HISTORY ? app.config.TOOL_HISTORY_DAYS : 0,
            ...accountApps,
            ...accountKeys,
            ...pageNotice,
            ...(newKey && { newKey })
          },
          status
        )
      },

      async redirectTo(reply, session, notice) {
        await app.notices.leave(session, 'console', notice)
        return reply.header('cache-control', 'no-store').redirect('/account', 303)
      }
    })
  },
  { name: 'account', dependencies: ['db', 'auth', 'notices', 'consent-views', 'mcp-url'] }
)
