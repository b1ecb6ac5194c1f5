import { countTimeline, listTimeline as listRows } from '../../db/memory/timeline.ts'
import type { DataContext } from '../context.ts'
import { zoneFor } from '../time/person.ts'
import { spanOf } from '../time/words.ts'
import type { TimeZone } from '../time/zone.ts'
import { decodeCursor, type Page, pageOf } from './cursor.ts'
import { findTruthMarks, type TruthMarks } from './truth.ts'
import type { ZonedSpan } from './when.ts'

/** Counting stops here, so that its cost does not grow with the number of memories. */
export const MAX_TIMELINE_COUNT = 10_000

export interface TimelineRequest {
  /** Time words, a date or a range; empty for all time. */
  time_range: string
  timezone?: string | undefined
  /** A part of the type. */
  event_type?: string | undefined
  agent_name?: string | undefined
  cursor?: string | undefined
  limit: number
  /** Characters of each value to read. */
  valueLimit: number
  /** Whether to count the memories of the whole span; true if left out. */
  counts?: boolean
}

type TimelineRow = Awaited<ReturnType<typeof listRows>>[number] & TruthMarks

export interface TimelinePage extends Page<TimelineRow> {
  span: ZonedSpan
  /** Memories of the whole time span, at most MAX_TIMELINE_COUNT; of this page if not counted. */
  total: number
}

/** A page of the memories of a time span, newest first by when they happened. Throws ToolError. */
export async function listTimeline(
  { db, principal: { user_id: userId } }: DataContext,
  { limit, valueLimit, counts = true, ...request }: TimelineRequest
): Promise<TimelinePage> {
  const span = timelineSpan(request.time_range, await zoneFor(db, userId, request.timezone))
  const filter = {
    from: span.from,
    to: span.until,
    type: request.event_type || undefined,
    agent_name: request.agent_name
  }
  const after = request.cursor ? decodeCursor(request.cursor) : undefined
  const { rows, hasMore } = pageOf(
    await listRows(db, userId, { ...filter, after, limit: limit + 1, valueLimit }),
    limit
  )
  const marks = await findTruthMarks(
    db,
    userId,
    rows.map(({ memory_id: id }) => id)
  )
  const isWhole = (!hasMore && !after) || !counts
  return {
    span,
    rows: rows.map((row) => ({ ...row, ...marks.get(row.memory_id) })),
    hasMore,
    total: isWhole ? rows.length : await countTimeline(db, userId, filter, MAX_TIMELINE_COUNT)
  }
}

/**
 * The span of the time words. A time of day alone lasts until now, and so does a span that ends
 * now: the end stays open because the database's clock decides, not this process's.
 */
function timelineSpan(words: string, zone: TimeZone): ZonedSpan {
  const now = new Date()
  const { until, ...span } = spanOf('time_range', words, now, zone)
  const isMomentAlone = span.from !== undefined && until?.getTime() === span.from.getTime() + 1000
  const isUntilNow = until?.getTime() === now.getTime() + 1
  return { ...span, ...(until && !isMomentAlone && !isUntilNow && { until }) }
}
