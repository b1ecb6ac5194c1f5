import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Auditor, insertAuditLog, type NewAuditLog } from '../db/audit/audit-logs.ts'
import { networkOf } from '../lib/network.ts'

type AuditEvent = Pick<NewAuditLog, 'user_id' | 'client_id' | 'grant_id' | 'reason' | 'details'>

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Records a security event with the address of the request. Never pass a secret. Logs a failure
     * instead of throwing it. Use auditBounded for events that anybody can cause without end.
     */
    audit: (action: string, event?: AuditEvent) => Promise<void>
    /** Records an event that strangers can cause: at most 20 per network and minute. */
    auditBounded: (action: string, event: AuditEvent) => Promise<void>
    /** Records `request.refused`, bounded in the same way. */
    auditRefusal: (event: AuditEvent) => Promise<void>
    /** The row that audit would insert, for a statement that records its own effect. */
    auditEntry: (action: string, event?: AuditEvent) => NewAuditLog
  }
}

/** Per network and minute: all refusals together, and each other action. */
const MAX_PER_NETWORK = 20
/** Per minute, all networks together. */
const MAX_PER_MINUTE = 2000
const MINUTE_MS = 60_000

/**
 * request.audit: rows in audit_logs, such as `oauth.token.issued`, `auth.login.failed`,
 * `key.created`.
 */
export default fp(
  async (app) => {
    const nextEventNumber = eventCounter()

    app.decorateRequest('auditEntry', function (this: FastifyRequest, action, event) {
      const userAgent = this.headers['user-agent'] ?? null
      return { ...event, action, ip_address: this.ip, user_agent: userAgent, request_id: this.id }
    })
    app.decorateRequest('audit', async function (this: FastifyRequest, action, event) {
      try {
        await insertAuditLog(app.db, this.auditEntry(action, event))
      } catch (error) {
        this.log.error({ err: error, action }, 'audit row lost')
      }
    })
    app.decorateRequest('auditBounded', async function (this: FastifyRequest, action, event) {
      const eventNumber = nextEventNumber(networkOf(this.ip), action)
      if (eventNumber === undefined) return
      const isLast = eventNumber === MAX_PER_NETWORK
      const details = { ...event.details, ...(isLast && { last_of_this_minute: true }) }
      await this.audit(action, { ...event, details })
    })
    app.decorateRequest('auditRefusal', function (this: FastifyRequest, event) {
      return this.auditBounded('request.refused', event)
    })
  },
  { name: 'audit', dependencies: ['db'] }
)

/**
 * Counts the events of each network in the current minute. The counter returns the number of the
 * event, or undefined over a limit.
 */
function eventCounter(): (network: string, action: string) => number | undefined {
  let minuteStart = 0
  let totalCount = 0
  const bucketCounts = new Map<string, number>()
  return (network, action) => {
    if (Date.now() - minuteStart > MINUTE_MS) {
      minuteStart = Date.now()
      totalCount = 0
      bucketCounts.clear()
    }
    const bucketName = `${network} ${action.endsWith('refused') ? 'refused' : action}`
    const eventNumber = (bucketCounts.get(bucketName) ?? 0) + 1
    if (eventNumber > MAX_PER_NETWORK || totalCount === MAX_PER_MINUTE) return undefined
    bucketCounts.set(bucketName, eventNumber)
    totalCount++
    return eventNumber
  }
}

/**
 * Completes audit entries with the address of the request. What an administrator does also says who
 * did it: in `by`, and as the person of an event that concerns no other person.
 */
export function auditorOf(request: FastifyRequest, administrator?: { user_id: string }): Auditor {
  return (action, event) =>
    request.auditEntry(
      action,
      administrator
        ? {
            ...event,
            user_id: event.user_id ?? administrator.user_id,
            details: { ...event.details, by: administrator.user_id }
          }
        : event
    )
}
