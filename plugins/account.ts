import type { FastifyInstance, FastifyReply } from 'fastify'
import { listApiKeys } from '../db/api-keys.ts'
import { findGithubToken } from '../db/github-tokens.ts'
import { type ConnectedApp, listConnectedApps } from '../db/oauth-grants.ts'
import type { Session } from '../db/sessions.ts'
import { groupsOf, groupTexts, narrowScope } from '../tools/scopes.ts'
import type { Pages } from './consent-views.ts'

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

/** What is connected to a person's memory, with the means to end it. `extra`: what the last form brought. */
export async function accountPage (app: FastifyInstance, reply: FastifyReply, session: Session, extra: {
  newKey?: { name: string, key: string }, notice?: string, problem?: string
} = {}, statusCode = 200): Promise<FastifyReply> {
  const [grants, keys, github] = await Promise.all([listConnectedApps(app.db, session.user_id), listApiKeys(app.db, session.user_id), findGithubToken(app.db, session.user_id)])
  return reply.page('account', {
    user: { name: session.name, email: session.email, role: session.role },
    mcpUrl: app.mcpUrl,
    keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
    registration: app.config.DYNAMIC_REGISTRATION,
    csrf: app.auth.csrf(session),
    keyForm: crypto.randomUUID(),
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
    ...extra
  }, statusCode)
}
