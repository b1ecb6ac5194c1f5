import type { FastifyInstance } from 'fastify'
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
import { deleteExpiredChallenges } from '../db/people/consumed-challenges.ts'
import { deleteOldCaptureSessions } from '../db/capture/sessions.ts'
import { deleteOldImportJobs } from '../db/memory/import-jobs.ts'
import { deleteOldPageNotices } from '../db/people/page-notices.ts'
import { deleteExpiredSessions } from '../db/people/sessions.ts'
import { deleteOldToolCalls } from '../db/audit/tool-calls.ts'
import { deleteOldAttempts } from '../db/people/attempts.ts'
import { deleteExpiredWebAnswers } from '../db/web/answers.ts'
import { deleteOldWebRequests } from '../db/web/requests.ts'
import { tidyMemories } from '../domain/memory/expiry.ts'

const TIDY_EVERY_MS = 60_000
/** How often the embedded database checks whether it needs new statistics. */
const STATISTICS_EVERY_MS = 15_000
/** Old calls of one person that one statement deletes. */
const CALL_BATCH_SIZE = 1000
const VACUUM_EVERY_MS = 6 * 3600_000

/** Deletes expired rows every minute. Every node does so, hence each step may run twice. */
export default fp(
  async (app) => {
    const isEmbedded = usesEmbeddedDatabase(app.config)
    let lastVacuum = Date.now()
    let tidying = Promise.resolve()
    let renewingStatistics = Promise.resolve()

    async function tidy(): Promise<void> {
      await deleteExpired(app)
      // The embedded database has no autovacuum.
      if (isEmbedded && Date.now() - lastVacuum > VACUUM_EVERY_MS) {
        lastVacuum = Date.now()
        await vacuum(app.db)
      }
    }
    const queueRenewal = () => {
      renewingStatistics = renewingStatistics.then(() =>
        logFailure(app, 'statistics', () => renewStatistics(app.db))
      )
    }

    const intervals = [
      setInterval(() => {
        tidying = logFailure(app, 'maintenance', tidy)
      }, TIDY_EVERY_MS)
    ]
    // PostgreSQL renews its statistics itself, by autovacuum.
    if (isEmbedded) {
      app.addHook('onReady', async () => queueRenewal()) // not awaited, to start without delay
      intervals.push(setInterval(queueRenewal, STATISTICS_EVERY_MS))
    }
    app.addHook('onClose', async () => {
      for (const interval of intervals) clearInterval(interval)
      await Promise.all([tidying, renewingStatistics])
    })
  },
  { name: 'maintenance', dependencies: ['db'] }
)

async function logFailure(
  app: FastifyInstance,
  taskName: string,
  task: () => Promise<unknown>
): Promise<void> {
  try {
    await task()
  } catch (error) {
    app.log.error(error, taskName)
  }
}

async function deleteExpired(app: FastifyInstance): Promise<void> {
  await eraseSealedSuccessors(app.db, app.config.REFRESH_RETRY_SECONDS)
  await deleteUntakenGrants(app.db)
  await deleteOldAuthorizationCodes(app.db)
  await deleteOldDeviceCodes(app.db)
  await deleteOldPushedAuthorizationRequests(app.db)
  await deleteDeadTokens(app.db)
  await deleteDeadGrants(app.db, app.config.REFRESH_TOKEN_DAYS)
  await deleteExpiredSecrets(app.db)
  const deletedClients = await deleteUnusedClients(app.db)
  if (deletedClients > 0) {
    app.log.info(`${deletedClients} unused self-registered clients were deleted`)
  }
  await deleteExpiredSessions(app.db)
  await deleteOldPageNotices(app.db)
  await deleteOldImportJobs(app.db)
  await deleteOldCaptureSessions(app.db, app.config.CAPTURE_DAYS)
  await deleteOldAttempts(app.db)
  await deleteExpiredChallenges(app.db)
  await deleteExpiredClientAssertions(app.db)
  await deleteExpiredDpopProofs(app.db)
  await tidyMemories(app.db)
  await deleteExpiredWebAnswers(app.db)
  await deleteOldWebRequests(app.db)
  await deleteOldToolCalls(app.db, app.config.TOOL_HISTORY_DAYS, CALL_BATCH_SIZE)
  await deleteOldAuditLogs(app.db, {
    days: app.config.AUDIT_DAYS,
    strangerDays: app.config.AUDIT_STRANGER_DAYS
  })
}
