import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { insertAuditLog, type NewAuditLog } from '../db/audit-logs.ts'
import { networkOf } from './network.ts'

type Event = Pick<NewAuditLog, 'user_id' | 'client_id' | 'grant_id' | 'reason' | 'details'>

declare module 'fastify' {
  interface FastifyRequest {
    /** Notes a security event with where it came from. Never give it a secret. A failure to note it is logged, not thrown. */
    audit: (action: string, entry?: Event) => Promise<void>
    /** `request.refused`, for what anybody can send without end: a few of one address in a minute, the others are not noted. */
    auditRefusal: (entry: Event) => Promise<void>
    /** The same as an entry for a statement that notes what it does. */
    auditEntry: (action: string, entry?: Event) => NewAuditLog
  }
}

/** Of one address in a minute, and addresses of which any are noted in it. */
const MOST_REFUSALS = 20
const MOST_ADDRESSES = 10_000
const MINUTE_MS = 60_000

/** request.audit: rows in audit_logs, actions like `oauth.token.issued`, `auth.login.failed`, `key.created`. */
export default fp(async (app) => {
  const refusals = { since: 0, of: new Map<string, number>() }

  app.decorateRequest('auditEntry', function (this: FastifyRequest, action, entry) {
    return { ...entry, action, ip_address: this.ip, user_agent: this.headers['user-agent'] ?? null, request_id: this.id }
  })
  app.decorateRequest('audit', async function (this: FastifyRequest, action, entry) {
    try {
      await insertAuditLog(app.db, this.auditEntry(action, entry))
    } catch (error) {
      this.log.error({ error, action }, 'audit row lost')
    }
  })
  app.decorateRequest('auditRefusal', async function (this: FastifyRequest, entry) {
    if (Date.now() - refusals.since > MINUTE_MS) Object.assign(refusals, { since: Date.now(), of: new Map() })
    const network = networkOf(this.ip)
    const count = refusals.of.get(network) ?? 0
    if (count === MOST_REFUSALS || (count === 0 && refusals.of.size === MOST_ADDRESSES)) return
    refusals.of.set(network, count + 1)
    await this.audit('request.refused', entry)
  })
}, { name: 'audit', dependencies: ['db'] })
