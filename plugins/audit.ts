import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { insertAuditLog, type NewAuditLog } from '../db/audit/audit-logs.ts'
import { networkOf } from '../lib/network.ts'

type Event = Pick<NewAuditLog, 'user_id' | 'client_id' | 'grant_id' | 'reason' | 'details'>

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Notes a security event with where it came from. Never give it a secret. A failure to note it
     * is logged, not thrown. For what anybody can cause without end there is auditBounded.
     */
    audit: (action: string, entry?: Event) => Promise<void>
    /** The same for what strangers cause: a few of one network in a minute, and no more. */
    auditBounded: (action: string, entry: Event) => Promise<void>
    /** `request.refused`, bounded. */
    auditRefusal: (entry: Event) => Promise<void>
    /** The same as an entry for a statement that notes what it does. */
    auditEntry: (action: string, entry?: Event) => NewAuditLog
  }
}

/** Of one network in a minute: refusals of all kinds together, and of every other action. */
const MAX_OF_NETWORK = 20
/** Of all networks together in a minute. */
const MAX_OF_ALL = 2000
const MINUTE_MS = 60_000

/**
 * request.audit: rows in audit_logs, like `oauth.token.issued`, `auth.login.failed`, `key.created`.
 */
export default fp(
  async (app) => {
    const noted = { since: 0, all: 0, of: new Map<string, number>() }

    /** Which of its minute this one is; undefined when no more are to be noted. */
    function turnOf(network: string, action: string): number | undefined {
      if (Date.now() - noted.since > MINUTE_MS) {
        Object.assign(noted, { since: Date.now(), all: 0, of: new Map() })
      }
      const bucket = `${network} ${action.endsWith('refused') ? 'refused' : action}`
      const turn = (noted.of.get(bucket) ?? 0) + 1
      if (turn > MAX_OF_NETWORK || noted.all === MAX_OF_ALL) return undefined
      noted.of.set(bucket, turn)
      noted.all++
      return turn
    }

    app.decorateRequest('auditEntry', function (this: FastifyRequest, action, entry) {
      const agent = this.headers['user-agent'] ?? null
      return { ...entry, action, ip_address: this.ip, user_agent: agent, request_id: this.id }
    })
    app.decorateRequest('audit', async function (this: FastifyRequest, action, entry) {
      try {
        await insertAuditLog(app.db, this.auditEntry(action, entry))
      } catch (error) {
        this.log.error({ error, action }, 'audit row lost')
      }
    })
    app.decorateRequest('auditBounded', async function (this: FastifyRequest, action, entry) {
      const turn = turnOf(networkOf(this.ip), action)
      if (turn === undefined) return
      const details = {
        ...entry.details,
        ...(turn === MAX_OF_NETWORK && { last_of_this_minute: true })
      }
      await this.audit(action, { ...entry, details })
    })
    app.decorateRequest('auditRefusal', function (this: FastifyRequest, entry) {
      return this.auditBounded('request.refused', entry)
    })
  },
  { name: 'audit', dependencies: ['db'] }
)
