import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { listAuditLogs } from '../../../db/audit/audit-logs.ts'
import { findDatabaseFacts } from '../../../db/connection/facts.ts'
import { listEmbeddingModels } from '../../../db/memory/embedding-models.ts'
import { countMemoriesToEmbed } from '../../../db/memory/embedding-queue.ts'
import { hasMemoriesToIndex } from '../../../db/memory/index-queue.ts'
import { version } from '../../../lib/version.ts'
import { settingsInForce } from '../../../plugins/config/in-force.ts'
import { usesEmbeddedDatabase } from '../../../plugins/config/index.ts'
import type { ConsolePages } from '../../../plugins/console/pages/index.ts'
import { type Check, summarizeChecks } from '../../../plugins/doctor/visit.ts'
import { queryOf } from '../../../plugins/form-parameters.ts'

type ServerPage = ConsolePages['admin/server']

/** The state of the server, its settings, and its checks. */
const serverPage: FastifyPluginAsync = async (app) => {
  const startedAt = new Date()
  app.get('', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    const state = await readState(app, startedAt)
    const mustCheck = queryOf(request.url).get('checks') === 'run'
    const results = mustCheck ? await app.doctor.examine() : undefined
    return app.console.show(request, reply, session, 'admin/server', {
      ...state,
      checks: results && {
        results,
        summary: summarizeChecks(results),
        report: reportText(state, results)
      }
    })
  })
}
export default serverPage

async function readState(
  app: FastifyInstance,
  startedAt: Date
): Promise<Omit<ServerPage, 'checks'>> {
  const { config, db, publicUrl } = app
  const [facts, models, isIndexing, [lastBackup]] = await Promise.all([
    findDatabaseFacts(db),
    listEmbeddingModels(db),
    hasMemoriesToIndex(db),
    listAuditLogs(db, { action: 'server.backed_up' }, { limit: 1 })
  ])
  const activeModel = models.find((model) => model.active)
  return {
    version,
    nodeVersion: process.versions.node,
    databaseVersion: facts.version,
    databaseBytes: facts.bytes,
    isEmbedded: usesEmbeddedDatabase(config),
    lastBackupAt: lastBackup?.created_at,
    startedAt,
    publicUrl,
    embeddings: activeModel && {
      model: activeModel.model,
      ...(await countMemoriesToEmbed(db, activeModel.model_no))
    },
    isIndexing,
    settings: settingsInForce(config)
  }
}

/** A report for a bug tracker. It has no secret, and no name of a person or of this server. */
function reportText(
  {
    version,
    nodeVersion,
    databaseVersion,
    isEmbedded,
    settings,
    embeddings,
    publicUrl
  }: ServerPage,
  results: Check[]
): string {
  const changedNames = settings.filter(({ value }) => value !== undefined).map(({ name }) => name)
  const hideHost = (text: string) => text.replaceAll(publicUrl, 'PUBLIC_URL')
  return [
    `Kagura Memory ${version}, Node.js ${nodeVersion}, ${process.platform}`,
    `Database: ${isEmbedded ? 'embedded' : 'PostgreSQL'} ${databaseVersion}`,
    `Embeddings: ${embeddings ? embeddings.model : 'none'}`,
    `Settings with a value: ${changedNames.join(', ')}`,
    '',
    ...results.map(({ check, ok, why }) => `${ok ? 'ok  ' : 'FAIL'}  ${check}: ${hideHost(why)}`)
  ].join('\n')
}
