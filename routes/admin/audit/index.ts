import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { type AuditFilter, listAuditLogs } from '../../../db/audit/audit-logs.ts'
import type { Session } from '../../../db/people/sessions.ts'
import { findUserByEmail } from '../../../db/people/users.ts'
import { resolveTimeWords } from '../../../domain/memory/when.ts'
import { explainReason } from '../../../lib/reasons/index.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import type { ConsolePages } from '../../../plugins/console/pages/index.ts'
import { queryOf } from '../../../plugins/form-parameters.ts'

const PAGE_SIZE = 50
/** Rows of one file, and of one query for it. */
const MAX_CSV_ROWS = 20_000
const CSV_BATCH = 1000
const MAX_FIELD_LENGTH = 255

type PageFilter = ConsolePages['admin/audit']['filter']

/** The audit log as sentences, with filters, and as CSV. */
const auditPage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    const filter = readFilter(request)
    const beforeText = queryOf(request.url).get('before') ?? ''
    const before = /^\d{1,15}$/.test(beforeText) ? Number(beforeText) : undefined
    const query = new URLSearchParams(
      Object.entries(filter).filter(([, value]) => value !== '')
    ).toString()
    const isExplained = filter.request !== ''
    const page = {
      filter,
      isFiltered: query !== '',
      isExplained,
      csv: `/admin/audit/csv${query && `?${query}`}`
    }
    try {
      const auditFilter = await toAuditFilter(app, session, filter)
      const entries = auditFilter
        ? await listAuditLogs(app.db, auditFilter, { before, limit: PAGE_SIZE + 1 })
        : []
      const lastEntry = entries[PAGE_SIZE] && entries[PAGE_SIZE - 1]
      return await app.console.show(request, reply, session, 'admin/audit', {
        ...page,
        events: entries.slice(0, PAGE_SIZE).map((entry) => ({
          entry,
          explanation: entry.reason === null ? undefined : explainReason(entry.reason)
        })),
        more: lastEntry && `/admin/audit?${query && `${query}&`}before=${lastEntry.id}`
      })
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      const refused = { ...page, events: [], fault: request.texts.memories.timeNotUnderstood }
      return app.console.show(request, reply, session, 'admin/audit', refused, 400)
    }
  })

  app.get('/csv', async (request, reply) => {
    const session = await app.console.requireAdministrator(request)
    const auditFilter = await toAuditFilter(app, session, readFilter(request)).catch(
      () => undefined
    )
    reply.headers({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="kagura-audit.csv"',
      'cache-control': 'no-store'
    })
    return reply.send(auditFilter ? Readable.from(csvRows(app, auditFilter)) : '')
  })
}
export default auditPage

function readFilter(request: FastifyRequest): PageFilter {
  const query = queryOf(request.url)
  const field = (name: string) =>
    (query.get(name) ?? '').trim().replaceAll('\0', '').slice(0, MAX_FIELD_LENGTH)
  return {
    person: field('person'),
    client: field('client'),
    action: field('action'),
    request: field('request'),
    when: field('when')
  }
}

/** undefined if the filter names a person who does not exist. Throws ToolError for time words. */
async function toAuditFilter(
  { db }: FastifyInstance,
  session: Session,
  { person, client, action, request, when }: PageFilter
): Promise<AuditFilter | undefined> {
  const span = await resolveTimeWords(db, session.user_id, 'time', when)
  const user = person === '' ? undefined : await findUserByEmail(db, person)
  if (person !== '' && !user) return undefined
  return {
    user_id: user?.user_id,
    client_id: client || undefined,
    action: action || undefined,
    request_id: request || undefined,
    from: span?.from,
    until: span?.until
  }
}

/** The entries as CSV, newest first. A spreadsheet reads no cell as a formula. */
async function* csvRows(
  { db }: FastifyInstance,
  filter: AuditFilter
): AsyncGenerator<string, void, void> {
  yield stringify([
    ['time', 'action', 'reason', 'person', 'client', 'address', 'user agent', 'request', 'details']
  ])
  let before: number | undefined
  for (let written = 0; written < MAX_CSV_ROWS; written += CSV_BATCH) {
    const entries = await listAuditLogs(db, filter, { before, limit: CSV_BATCH })
    yield stringify(
      entries.map((entry) => [
        entry.created_at.toISOString(),
        entry.action,
        entry.reason,
        entry.email ?? entry.user_id,
        entry.client_id,
        entry.ip_address,
        entry.user_agent,
        entry.request_id,
        JSON.stringify(entry.details)
      ]),
      { escape_formulas: true }
    )
    before = entries.at(-1)?.id
    if (entries.length < CSV_BATCH) return
  }
}
