import { Type } from 'typebox'
import type { Db } from '../../db/connection/connect.ts'
import { zoneFor } from '../time/person.ts'
import { type TimeSpan, spanOf } from '../time/words.ts'
import { wallTime, type TimeZone } from '../time/zone.ts'

/** A time filter in words, as tools take it. */
export const TimeWords = Type.Optional(
  Type.String({ maxLength: 100, description: 'Yesterday, last week, May 2023, or from..to.' })
)
export const Timezone = Type.Optional(
  Type.String({ maxLength: 60, description: 'For time words, such as Asia/Tokyo.' })
)

export type ZonedSpan = TimeSpan & { zone: TimeZone }

/**
 * Resolves time words to a span in the given time zone, else in the user's. Returns undefined
 * without words. Throws ToolError for words that it does not understand.
 */
export async function resolveTimeWords(
  db: Db,
  userId: string,
  argumentName: string,
  timeWords?: string,
  timezone?: string
): Promise<ZonedSpan | undefined> {
  if (!timeWords?.trim()) return undefined
  return spanOf(argumentName, timeWords, new Date(), await zoneFor(db, userId, timezone))
}

/**
 * The span in local time, for people: "2026-11-29 00:00 to 2026-11-30 00:00 (Asia/Tokyo)".
 */
export function spanText({ from, until, zone }: ZonedSpan): string {
  const [startText, endText] = [from, until].map((time) => time && localTimeText(time, zone))
  if (startText && endText) return `${startText} to ${endText} (${zone.name})`
  if (startText) return `since ${startText} (${zone.name})`
  return endText ? `before ${endText} (${zone.name})` : 'all time'
}

/** The span as a sentence for an answer; empty without a span. */
export function spanNote(span: ZonedSpan | undefined): string {
  return span ? `Time: ${spanText(span)}.` : ''
}

function localTimeText(time: Date, zone: TimeZone): string {
  return new Date(wallTime(time, zone)).toISOString().slice(0, 16).replace('T', ' ')
}
