import { ToolError } from '../../lib/tool-error.ts'
import { momentOf, utcZone, type TimeZone } from './zone.ts'

/** null: an empty text, no time. */
export type Instant = Date | null

const isoTimePattern = new RegExp(
  '^(\\d{4})-(\\d{2})-(\\d{2})(?:[Tt ](\\d{2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?' +
    '\\s?([Zz]|[+-]\\d{2}(?::?\\d{2})?)?)?$'
)
/** With dots the day always comes first. */
const dottedDate = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?=$|[Tt ,])/
const slashedDate = /^(\d{1,4})[/-](\d{1,2})[/-](\d{1,4})(?=$|[Tt ,])/

/** The time of a text, or what is wrong with it. */
type TimeReading = { time: Date } | { fault: string }

/**
 * Parses an ISO 8601 date or time. Without an offset it is in `zone`. Also reads 28.11.2026, and
 * refuses 11/12/2026, which can be two days. An empty text is null. Throws ToolError.
 */
export function parseInstant(name: string, text: string, zone: TimeZone = utcZone): Instant {
  const trimmedText = text.trim()
  if (trimmedText === '') return null
  const timeReading = readInstant(trimmedText, zone)
  if ('time' in timeReading) return timeReading.time
  throw new ToolError(
    `${name} "${text.slice(0, 60)}" ${timeReading.fault} Correct it and call again.`
  )
}

/** Like `parseInstant`, but undefined for any text that is no time. For files of other programs. */
export function tryParseInstant(text: string, zone: TimeZone = utcZone): Date | undefined {
  const timeReading = readInstant(text.trim(), zone)
  return 'time' in timeReading ? timeReading.time : undefined
}

/** Whether the text has an offset, so that it needs no zone. */
export function hasExplicitOffset(text: string): boolean {
  return /\d[Tt ]\d{2}:\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/.test(text.trim())
}

/** Midnight of a calendar day as UTC milliseconds; undefined for a day that does not exist. */
export function calendarDay(year: number, month: number, day: number): number | undefined {
  const dayTime = new Date(0)
  dayTime.setUTCFullYear(year, month - 1, day)
  const isReal =
    dayTime.getUTCFullYear() === year &&
    dayTime.getUTCMonth() === month - 1 &&
    dayTime.getUTCDate() === day
  return isReal ? dayTime.getTime() : undefined
}

function readInstant(text: string, zone: TimeZone): TimeReading {
  const isoReading = withIsoDate(text)
  if ('fault' in isoReading) return isoReading
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] =
    isoTimePattern.exec(isoReading.text) ?? []
  if (year === undefined) {
    return { fault: 'is not a time. Give ISO 8601, such as 2026-01-31T09:00:00Z or 2026-01-31.' }
  }
  const dayStart = calendarDay(Number(year), Number(month), Number(day))
  if (dayStart === undefined) {
    return { fault: `is not a date: ${year}-${month}-${day} does not exist.` }
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return { fault: 'is not a time of day: hours go to 23, minutes and seconds to 59.' }
  }
  const fractionMs = Number(fraction.padEnd(3, '0').slice(0, 3))
  const wallMs =
    dayStart + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + fractionMs
  if (offset === undefined) return { time: momentOf(wallMs, zone) }
  const shiftMinutes = offsetMinutes(offset)
  return shiftMinutes === undefined
    ? { fault: `has an offset that does not exist: ${offset}.` }
    : { time: new Date(wallMs - shiftMinutes * 60_000) }
}

function offsetMinutes(offset: string): number | undefined {
  if (/^z$/i.test(offset)) return 0
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset)!
  const totalMinutes = Number(hours) * 60 + Number(minutes)
  return totalMinutes > 14 * 60 || Number(minutes) > 59
    ? undefined
    : sign === '-'
      ? -totalMinutes
      : totalMinutes
}

/** The text with its date in ISO form, or why the date is not clear. */
export function withIsoDate(text: string): { text: string } | { fault: string } {
  const [numbers, ...parts] = dottedDate.exec(text) ?? slashedDate.exec(text) ?? []
  if (numbers === undefined) return { text }
  const timePart = text.slice(numbers.length).replace(/^,\s*/, ' ')
  const [first, second, third] = parts.map(Number) as [number, number, number]
  if (numbers.includes('.')) return { text: isoDate(third, second, first) + timePart }
  if (parts[0]!.length === 4) return { text: isoDate(first, second, third) + timePart }
  if (parts[0]!.length > 2 || parts[2]!.length !== 4) return { text }
  if (first > 12) return { text: isoDate(third, second, first) + timePart }
  if (second > 12) return { text: isoDate(third, first, second) + timePart }
  if (first === second) return { text: isoDate(third, first, second) + timePart }
  const monthFirst = isoDate(third, first, second)
  const dayFirst = isoDate(third, second, first)
  return { fault: `can be two days: give ${monthFirst} or ${dayFirst}.` }
}

function isoDate(year: number, month: number, day: number): string {
  return [
    String(year).padStart(4, '0'),
    String(month).padStart(2, '0'),
    String(day).padStart(2, '0')
  ].join('-')
}
