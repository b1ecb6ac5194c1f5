import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listApiKeys } from '../db/api-keys.ts'
import { findGithubToken } from '../db/github-tokens.ts'
import { type ConnectedApp, listConnectedApps } from '../db/oauth-grants.ts'
import type { Session } from '../db/sessions.ts'
import { groupBoxes, groups, groupsOf, groupTexts, narrowScope } from '../tools/scopes.ts'
import type { Pages } from './consent-views.ts'
import type { PageNotice } from './notices.ts'

const titles = (scope: string) => [...groupsOf(scope)].map((group) => groupTexts[group].title)

/** Each app once, with its installations: a grant is one of them. */
function byApp (grants: ConnectedApp[]): Pages['account']['apps'] {
  return [...new Map(grants.map((grant) => [grant.client_id, grant]))].map(([id, { client_name: name }]) => ({
    client_id: id,
    client_name: name || id,
    installations: grants.filter((grant) => grant.client_id === id).map(({ grant_id: grantId, scope, client_scope: limit, redirect_origin: origin, created_at: created, last_used_at: used }) => ({
      grant_id: grantId, groups: titles(narrowScope(scope, limit)), redirect_origin: origin, created_at: created, last_used_at: used
    }))
  }))
}

/** Answers a form of the account page: back to it, where the notice is shown once. */
export async function backToAccount (
  app: FastifyInstance, reply: FastifyReply, session: Session, notice: PageNotice
): Promise<FastifyReply> {
  await app.notices.leave(session, 'account', notice)
  return reply.header('cache-control', 'no-store').redirect('/', 303)
}

/** What is connected to a person's memory, with the means to end it, and what the last form brought. */
export async function accountPage (
  app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, session: Session
): Promise<FastifyReply> {
  const { status = 200, retryAfter, ...left } = await app.notices.take(request, session, 'account') ?? {}
  const newKey = await app.notices.take(request, session, 'new-key')
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  const [grants, keys, github] = await Promise.all([listConnectedApps(app.db, session.user_id), listApiKeys(app.db, session.user_id), findGithubToken(app.db, session.user_id)])
  return reply.page('account', {
    user: { name: session.name, email: session.email, role: session.role },
    mcpUrl: app.mcpUrl,
    keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
    registration: app.config.DYNAMIC_REGISTRATION,
    csrf: app.auth.csrf(session),
    keyForm: crypto.randomUUID(),
    keyGroups: groupBoxes(groups, session.role),
    historyDays: app.config.TOOL_HISTORY ? app.config.TOOL_HISTORY_DAYS : 0,
    apps: byApp(grants),
    keys: keys.map(({ key_id: id, name, key_prefix: prefix, scope, created_at: created, last_used_at: used, expires_at: expires, revoked_at: revoked, expired }) => ({
      key_id: id,
      name,
      key_prefix: prefix,
      groups: titles(scope),
      created_at: created,
      last_used_at: used,
      expires_at: expires,
      status: revoked ? 'revoked' as const : expired ? 'expired' as const : 'active' as const
    })),
    ...(github && { github: { token_end: github.token_end, created_at: github.created_at, last_used_at: github.last_used_at } }),
    ...left,
    ...(newKey && { newKey })
  }, status)
}
