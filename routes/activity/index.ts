import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify'
import { findToolCall, listCallEntries } from '../../db/audit/tool-calls.ts'
import { positionText } from '../../db/connection/position.ts'
import type { Session } from '../../db/people/sessions.ts'
import { findApp, listApps } from '../../domain/apps/app.ts'
import { PageError } from '../../lib/errors.ts'
import { callRow } from '../../plugins/console/app-rows.ts'
import { queryOf } from '../../plugins/form-parameters.ts'
import { allTools } from '../../tools/index.ts'
import { type ActivityQuery, callFilterOf, readActivityQuery } from './activity-query.ts'
import { exportFormats, exportRows } from './export.ts'
import { forgetPages } from './forget.ts'

const PAGE_SIZE = 25
/** Apps that the filter offers. */
const MAX_APPS = 50

/** The tool calls of a person's apps. */
const activityPages: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const query = readActivityQuery(queryOf(request.url))
    const filter = await callFilterOf(app.console.context(session), query)
    const page = { limit: PAGE_SIZE, after: query.after }
    const [{ calls, rest }, apps] = await Promise.all([
      listCallEntries(app.db, session.user_id, filter, page),
      filterApps(app, session, query.app)
    ])
    const { after: _, ...chosen } = query
    return app.console.show(request, reply, session, 'activity/list', {
      calls: calls.map(callRow),
      filter: chosen,
      apps,
      tools: allTools.map(({ name }) => name).toSorted(),
      isFiltered: Object.values(chosen).some((value) => value !== ''),
      days: app.config.TOOL_HISTORY ? app.config.TOOL_HISTORY_DAYS : 0,
      links: {
        first: query.after && `/activity${queryText(chosen)}`,
        more: rest && `/activity${queryText(chosen, { after: positionText(rest) })}`,
        csv: `/activity/export${queryText(chosen, { format: 'csv' })}`,
        json: `/activity/export${queryText(chosen, { format: 'json' })}`
      }
    })
  })

  app.get<{ Params: { call: string } }>('/calls/:call', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const number = /^\d{1,15}$/.test(request.params.call) ? Number(request.params.call) : undefined
    const call =
      number === undefined ? undefined : await findToolCall(app.db, session.user_id, number)
    if (!call) throw callNotFound(request)
    return app.console.show(request, reply, session, 'activity/call', {
      call: {
        ...callRow(call),
        arguments: JSON.stringify(call.arguments, null, 2),
        via: call.via,
        said: call.said
      }
    })
  })

  exportPage(app)
  forgetPages(app)
}
export default activityPages

/** Downloads the calls that the filters let through. */
function exportPage(app: FastifyInstance): void {
  app.get('/export', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const parameters = queryOf(request.url)
    const filter = await callFilterOf(app.console.context(session), readActivityQuery(parameters))
    const format = exportFormats[parameters.get('format') === 'json' ? 'json' : 'csv']
    return reply
      .headers({
        'content-type': format.contentType,
        'content-disposition': `attachment; filename="${format.fileName}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff'
      })
      .send(exportRows(app.db, session.user_id, filter, format))
  })
}

/** The apps that can be chosen: the newest, and the chosen one. */
async function filterApps(
  app: FastifyInstance,
  session: Session,
  chosenId: string
): Promise<Array<{ id: string; name: string }>> {
  const context = app.console.context(session)
  const page = { state: 'active' as const, limit: MAX_APPS }
  const [{ apps }, chosen] = await Promise.all([
    listApps(context, page),
    chosenId === '' ? undefined : findApp(context, chosenId)
  ])
  const isListed = apps.some(({ app_id: id }) => id === chosenId)
  return [...(chosen && !isListed ? [chosen] : []), ...apps].map(({ app_id: id, name }) => ({
    id,
    name
  }))
}

function queryText(query: Omit<ActivityQuery, 'after'>, more: Record<string, string> = {}): string {
  const members = Object.entries({ ...query, ...more }).filter(([, value]) => value !== '')
  return members.length === 0 ? '' : `?${new URLSearchParams(members).toString()}`
}

function callNotFound({ texts }: FastifyRequest): PageError {
  return new PageError(404, texts.activity.notFound, texts.activity.notFoundText, {
    reason: 'call_not_found',
    link: { href: '/activity', text: texts.activity.title }
  })
}
