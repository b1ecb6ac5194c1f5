import { Type } from 'typebox'
import type { Db } from '../../db/connection/connect.ts'
import { zoneFor } from '../time/person.ts'
import { type TimeSpan, spanOf } from '../time/words.ts'
import { wallTime, type TimeZone } from '../time/zone.ts'

/** Time words, wherever a tool takes them. */
export const TimeWords = Type.Optional(
  Type.String({ maxLength: 100, description: 'Yesterday, last week, May 2023, ISO range.' })
)
export const Timezone = Type.Optional(
  Type.String({ maxLength: 60, description: 'For time words.' })
)

export type ZonedSpan = TimeSpan & { zone: TimeZone }

/**
 * The span that time words mean for the person; undefined when there are none. Throws ToolError.
 */
export async function resolveTimeWords(
  db: Db,
  userId: string,
  name: string,
  words?: string,
  timezone?: string
): Promise<ZonedSpan | undefined> {
  if (!words?.trim()) return undefined
  return spanOf(name, words, new Date(), await zoneFor(db, userId, timezone))
}

/**
 * The span on the clocks of its zone, for people: "2026-11-29 00:00 to 2026-11-30 00:00
 * (Asia/Tokyo)".
 */
export function spanText({ from, until, zone }: ZonedSpan): string {
  const [start, end] = [from, until].map((time) => time && wallText(time, zone))
  if (start && end) return `${start} to ${end} (${zone.name})`
  return start ? `since ${start} (${zone.name})` : end ? `before ${end} (${zone.name})` : 'all time'
}

function wallText(time: Date, zone: TimeZone): string {
  return new Date(wallTime(time, zone)).toISOString().slice(0, 16).replace('T', ' ')
}
