import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { insertAuditLog, type NewAuditLog } from '../db/audit-logs.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Notes a security event with where it came from. Never give it a secret. A failure to note it is logged, not thrown. */
    audit: (action: string, entry?: Pick<NewAuditLog, 'user_id' | 'client_id' | 'grant_id' | 'reason' | 'details'>) => Promise<void>
  }
}

/** request.audit: rows in audit_logs, actions like `oauth.token.issued`, `auth.login.failed`, `key.created`. */
export default fp(async (app) => {
  app.decorateRequest('audit', async function (this: FastifyRequest, action, entry) {
    try {
      await insertAuditLog(app.db, { ...entry, action, ip_address: this.ip, user_agent: this.headers['user-agent'] ?? null, request_id: this.id })
    } catch (error) {
      this.log.error({ error, action }, 'audit row lost')
    }
  })
}, { name: 'audit', dependencies: ['db'] })
