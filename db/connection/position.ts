import { type RawBuilder, sql } from 'kysely'

/** Where a page of a list ended: a time with microseconds, which a Date cannot hold, and an id. */
export interface Position {
  time: string
  id: string
}

const positionPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)~([\w-]{1,64})$/

/** A position as one text for a URL. */
export function positionText({ time, id }: Position): string {
  return `${time}~${id}`
}

/** The position of a text from a URL; undefined for any other text. */
export function readPosition(text: string | undefined): Position | undefined {
  const [, time, id] = positionPattern.exec(text ?? '') ?? []
  const isTime = time !== undefined && !Number.isNaN(Date.parse(time))
  return isTime && id !== undefined ? { time, id } : undefined
}

/** A time column as the text of a position. */
export function positionTime(column: RawBuilder<Date>): RawBuilder<string> {
  return sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}

/** Whether the row comes after the position in a list with the newest first. */
export function isBehindPosition(
  time: RawBuilder<Date>,
  id: RawBuilder<string>,
  position: Position
): RawBuilder<boolean> {
  return sql<boolean>`(${time}, ${id}) < (${position.time}::timestamptz, ${position.id}::text)`
}

/** Whether one position comes before another in a list with the newest first. */
export function comparePositions(first: Position, second: Position): number {
  if (first.time !== second.time) return first.time > second.time ? -1 : 1
  return first.id === second.id ? 0 : first.id > second.id ? -1 : 1
}
