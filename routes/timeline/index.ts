import type { FastifyPluginAsync } from 'fastify'
import { listTimeline } from '../../domain/memory/timeline.ts'
import { zoneFor } from '../../domain/time/person.ts'
import { type TimeZone, wallTime } from '../../domain/time/zone.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { TimelineEntry } from '../../plugins/console/pages/places.ts'
import { queryOf } from '../../plugins/form-parameters.ts'

const PAGE_SIZE = 50
/** Characters of each value. */
const VALUE_LIMIT = 240
const MAX_FIELD_LENGTH = 255

/** The memories of a person by the day on which they happened, newest first. */
const timelinePage: FastifyPluginAsync = async (app) => {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const query = queryOf(request.url)
    const field = (name: string) => (query.get(name) ?? '').trim().slice(0, MAX_FIELD_LENGTH)
    const [when, namespace, cursor] = [field('when'), field('namespace'), field('cursor')]
    const filter = { when, namespace }
    try {
      const page = await listTimeline(app.console.context(session), {
        time_range: when,
        agent_name: namespace || undefined,
        cursor: cursor || undefined,
        limit: PAGE_SIZE,
        valueLimit: VALUE_LIMIT,
        counts: false
      })
      const zone = await zoneFor(app.db, session.user_id)
      const lastCursor = page.hasMore ? page.rows.at(-1)?.cursor : undefined
      return await app.console.show(request, reply, session, 'memories/timeline', {
        ...filter,
        days: groupByDay(page.rows, zone),
        links: {
          older: lastCursor && timelinePath({ ...filter, cursor: lastCursor }),
          newest: cursor ? timelinePath(filter) : undefined
        }
      })
    } catch (error) {
      if (!(error instanceof ToolError)) throw error
      const refused = {
        ...filter,
        fault: request.texts.memories.timeNotUnderstood,
        days: [],
        links: {}
      }
      return app.console.show(request, reply, session, 'memories/timeline', refused, 400)
    }
  })
}
export default timelinePage

/** The rows keep their order; a day is one of the person's zone. */
function groupByDay(
  rows: readonly TimelineEntry[],
  zone: TimeZone
): Array<{ date: Date; entries: TimelineEntry[] }> {
  const days = new Map<string, { date: Date; entries: TimelineEntry[] }>()
  for (const row of rows) {
    const dayName = new Date(wallTime(row.happened, zone)).toISOString().slice(0, 10)
    const day = days.get(dayName) ?? { date: row.happened, entries: [] }
    day.entries.push(row)
    days.set(dayName, day)
  }
  return [...days.values()]
}

function timelinePath(query: Record<string, string>): string {
  const filled = Object.entries(query).filter(([, value]) => value !== '')
  return `/timeline?${new URLSearchParams(filled).toString()}`
}
