import type { FastifyInstance, FastifyReply } from 'fastify'
import { listApiKeys } from '../db/api-keys.ts'
import { listConnectedApps } from '../db/oauth-grants.ts'
import type { Session } from '../db/sessions.ts'
import { groupsOf, groupTexts, narrowScope } from '../tools/scopes.ts'

const titles = (scope: string) => [...groupsOf(scope)].map((group) => groupTexts[group].title)

/** What is connected to a person's memory, with the means to end it. `extra`: what the last form brought. */
export async function accountPage (app: FastifyInstance, reply: FastifyReply, session: Session, extra: {
  newKey?: { name: string, key: string }, problem?: string
} = {}, statusCode = 200): Promise<FastifyReply> {
  const [apps, keys] = await Promise.all([listConnectedApps(app.db, session.user_id), listApiKeys(app.db, session.user_id)])
  return reply.page('account', {
    user: { name: session.name, email: session.email, role: session.role },
    mcpUrl: app.mcpUrl,
    keyUrl: `${app.publicUrl}/api/v1/mcp/key`,
    csrf: app.auth.csrf(session),
    keyForm: crypto.randomUUID(),
    apps: apps.map(({ scope, client_scope: clientScope, client_name: name, ...shown }) => ({
      ...shown, client_name: name || shown.client_id, groups: titles(narrowScope(scope, clientScope))
    })),
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
    ...extra
  }, statusCode)
}
