import type { FastifyInstance, FastifyRequest } from 'fastify'
import { tryParseInstant } from '../../domain/time/instant.ts'
import { DAY_MS, HOUR_MS, zoneOf } from '../../domain/time/zone.ts'
import { previewUndo, undoApp } from '../../domain/apps/undo.ts'
import { countOutcome } from '../../domain/memory/undo-all.ts'
import { requireApp } from '../../plugins/console/required-app.ts'
import { formOf, type Parameters, queryOf } from '../../plugins/form-parameters.ts'
import { typedText } from '../../plugins/notices.ts'

type AppPath = { Params: { app_id: string } }

/** How long ago, in milliseconds. */
const spans: Record<string, number> = {
  '1h': HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  all: Infinity
}

/** Undoes what an app did since a time, after a page that shows what would change. */
export function undoPages(app: FastifyInstance): void {
  app.get<AppPath>('/:app_id/undo', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const personApp = await requireApp(app, request, session, request.params.app_id)
    const query = queryOf(request.url)
    const since = sinceOf(query, request)
    const at = typedText(query.get('at'))
    const data = {
      app: { id: personApp.app_id, name: personApp.name },
      last: query.get('last') ?? '24h',
      at
    }
    if (at !== '' && since === undefined) {
      const problem = { form: 'undo', field: 'at', text: request.texts.apps.undoTimeProblem }
      return app.console.show(request, reply, session, 'apps/undo', { ...data, problem }, 400)
    }
    const context = app.console.context(session)
    const preview = since && (await previewUndo(context, personApp, since))
    return app.console.show(request, reply, session, 'apps/undo', { ...data, since, preview })
  })

  app.post<AppPath>('/:app_id/undo', async (request, reply) => {
    const session = await app.console.requireWriterForm(request)
    const personApp = await requireApp(app, request, session, request.params.app_id)
    const path = `/apps/${personApp.app_id}`
    const since = tryParseInstant(formOf(request).get('since') ?? '')
    if (since === undefined) return app.console.redirect(reply, session, `${path}/undo`)
    const entry = request.auditEntry('memory.undone')
    const outcome = await undoApp(app.console.context(session), personApp, since, entry)
    const { undone, links, conflicts, link_conflicts: linkConflicts } = countOutcome(outcome)
    const notice = request.texts.apps.undone(undone + links, conflicts + linkConflicts)
    return app.console.redirect(reply, session, path, { notice })
  })
}

/** The time that the query chooses: a moment in the person's zone, or so long ago. */
function sinceOf(query: Parameters, { locale }: FastifyRequest): Date | undefined {
  const at = query.get('at')
  if (at !== undefined) return tryParseInstant(at, zoneOf(locale?.timezone ?? 'UTC'))
  const last = query.get('last') ?? ''
  if (!Object.hasOwn(spans, last)) return undefined
  return new Date(Math.max(Date.now() - spans[last]!, 0))
}
