import fp from 'fastify-plugin'
import { usesEmbeddedDatabase } from './config/index.ts'
import { deleteOldAuditLogs } from '../db/audit/audit-logs.ts'
import { renewStatistics, vacuum } from '../db/connection/maintenance.ts'
import { deleteExpiredClientAssertions } from '../db/oauth/client-assertions.ts'
import { deleteExpiredDpopProofs } from '../db/oauth/dpop-proofs.ts'
import { deleteOldAuthorizationCodes } from '../db/oauth/authorization-codes.ts'
import { deleteExpiredSecrets } from '../db/oauth/client-secrets.ts'
import { deleteUnusedClients } from '../db/oauth/unused-clients.ts'
import { deleteDeadGrants, deleteUntakenGrants } from '../db/oauth/grants.ts'
import { deleteOldDeviceCodes } from '../db/oauth/device-codes.ts'
import { deleteOldPushedAuthorizationRequests } from '../db/oauth/pushed-authorization-requests.ts'
import { eraseSealedSuccessors } from '../db/oauth/refresh-tokens.ts'
import { deleteDeadTokens } from '../db/oauth/tokens.ts'
import { deleteOldPageNotices } from '../db/people/page-notices.ts'
import { deleteExpiredSessions } from '../db/people/sessions.ts'
import { deleteOldToolCalls } from '../db/audit/tool-calls.ts'
import { deleteOldAttempts } from '../db/people/attempts.ts'
import { deleteExpiredWebAnswers } from '../db/web/answers.ts'
import { deleteOldWebRequests } from '../db/web/requests.ts'
import { tidyMemories } from '../domain/memory/expiry.ts'

const EVERY_MS = 60_000
/** How often is looked whether the embedded database needs new statistics. */
const STATISTICS_EVERY_MS = 15_000
/** Old calls of each person that are forgotten at once. */
const CALLS = 1000
const VACUUM_EVERY_MS = 6 * 3600_000

/** Clears away what has run out, on every node alike: each step may run twice. */
export default fp(
  async (app) => {
    let lastVacuum = Date.now()

    async function tidy(): Promise<void> {
      try {
        await eraseSealedSuccessors(app.db, app.config.REFRESH_RETRY_SECONDS)
        await deleteUntakenGrants(app.db)
        await deleteOldAuthorizationCodes(app.db)
        await deleteOldDeviceCodes(app.db)
        await deleteOldPushedAuthorizationRequests(app.db)
        await deleteDeadTokens(app.db)
        await deleteDeadGrants(app.db, app.config.REFRESH_TOKEN_DAYS)
        await deleteExpiredSecrets(app.db)
        const cleared = await deleteUnusedClients(app.db)
        if (cleared > 0) {
          app.log.info(`${cleared} self-registered clients that nobody uses were deleted`)
        }
        await deleteExpiredSessions(app.db)
        await deleteOldPageNotices(app.db)
        await deleteOldAttempts(app.db)
        await deleteExpiredClientAssertions(app.db)
        await deleteExpiredDpopProofs(app.db)
        await tidyMemories(app.db)
        await deleteExpiredWebAnswers(app.db)
        await deleteOldWebRequests(app.db)
        await deleteOldToolCalls(app.db, app.config.TOOL_HISTORY_DAYS, CALLS)
        await deleteOldAuditLogs(app.db, {
          days: app.config.AUDIT_DAYS,
          strangerDays: app.config.AUDIT_STRANGER_DAYS
        })
        // The embedded database has no autovacuum of its own.
        if (usesEmbeddedDatabase(app.config) && Date.now() - lastVacuum > VACUUM_EVERY_MS) {
          lastVacuum = Date.now()
          await vacuum(app.db)
        }
      } catch (error) {
        app.log.error(error, 'maintenance')
      }
    }

    /** PostgreSQL does this by itself; the embedded database has no autovacuum. */
    async function keepStatistics(): Promise<void> {
      try {
        await renewStatistics(app.db)
      } catch (error) {
        app.log.error(error, 'statistics')
      }
    }

    let running = Promise.resolve()
    let renewing = Promise.resolve()
    const timers = [
      setInterval(() => {
        running = tidy()
      }, EVERY_MS)
    ]
    if (usesEmbeddedDatabase(app.config)) {
      const renew = () => {
        renewing = renewing.then(keepStatistics)
      }
      app.addHook('onReady', async () => renew()) // in the background: nobody waits for it
      timers.push(setInterval(renew, STATISTICS_EVERY_MS))
    }
    app.addHook('onClose', async () => {
      for (const timer of timers) clearInterval(timer)
      await Promise.all([running, renewing])
    })
  },
  { name: 'maintenance', dependencies: ['db'] }
)
