import { ToolError } from '../../lib/tool-error.ts'
import { momentOf, utc, type Zone } from './zone.ts'

/** null: there is no time. */
export type Instant = Date | null

const isoTime =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?$/
/** 28.11.2026 is the day first wherever it is written so. */
const dotted = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?=$|[Tt ,])/
const slashed = /^(\d{1,4})[/-](\d{1,2})[/-](\d{1,4})(?=$|[Tt ,])/

/** What a text means as a time: a date that there is not is a fault. */
type Reading = { time: Date } | { fault: string }

/**
 * An ISO 8601 date or time; where it names no offset it is one of the zone's. 28.11.2026 is read as
 * well, and 11/12/2026 is refused because it can be two days. An empty text is null. Throws
 * ToolError.
 */
export function instant(name: string, text: string, zone: Zone = utc): Instant {
  const written = text.trim()
  if (written === '') return null
  const reading = readInstant(written, zone)
  if ('time' in reading) return reading.time
  throw new ToolError(`${name} "${text.slice(0, 60)}" ${reading.fault} Correct it and call again.`)
}

/** The time, or undefined for a text that names none: for files of others. */
export function instantOrNone(text: string, zone: Zone = utc): Date | undefined {
  const reading = readInstant(text.trim(), zone)
  return 'time' in reading ? reading.time : undefined
}

/** Whether the text names its own offset, so that no zone is needed. */
export function isMoment(text: string): boolean {
  return /\d[Tt ]\d{2}:\d{2}.*(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/.test(text.trim())
}

/** Midnight of a calendar day as UTC milliseconds, or undefined for a day that there is not. */
export function calendarDay(year: number, month: number, day: number): number | undefined {
  const time = new Date(0)
  time.setUTCFullYear(year, month - 1, day)
  const isReal =
    time.getUTCFullYear() === year && time.getUTCMonth() === month - 1 && time.getUTCDate() === day
  return isReal ? time.getTime() : undefined
}

function readInstant(text: string, zone: Zone): Reading {
  const iso = asIso(text)
  if ('fault' in iso) return iso
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', offset] =
    isoTime.exec(iso.text) ?? []
  if (year === undefined) {
    return { fault: 'is no time. Give ISO 8601, such as 2026-01-31T09:00:00Z or 2026-01-31.' }
  }
  const date = calendarDay(Number(year), Number(month), Number(day))
  if (date === undefined) return { fault: `is no date: there is no ${year}-${month}-${day}.` }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) {
    return { fault: 'is no time of day: hours go to 23, minutes and seconds to 59.' }
  }
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3))
  const wall =
    date + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + milliseconds
  if (offset === undefined) return { time: momentOf(wall, zone) }
  const shift = offsetMinutes(offset)
  return shift === undefined
    ? { fault: `has an offset that there is not: ${offset}.` }
    : { time: new Date(wall - shift * 60_000) }
}

function offsetMinutes(offset: string): number | undefined {
  if (/^z$/i.test(offset)) return 0
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset)!
  const total = Number(hours) * 60 + Number(minutes)
  return total > 14 * 60 || Number(minutes) > 59 ? undefined : sign === '-' ? -total : total
}

/** The same text with its date in ISO form, or why it has none. */
export function asIso(text: string): { text: string } | { fault: string } {
  const [numbers, ...parts] = dotted.exec(text) ?? slashed.exec(text) ?? []
  if (numbers === undefined) return { text }
  const rest = text.slice(numbers.length).replace(/^,\s*/, ' ')
  const [first, second, third] = parts.map(Number) as [number, number, number]
  if (numbers.includes('.')) return { text: isoDate(third, second, first) + rest }
  if (parts[0]!.length === 4) return { text: isoDate(first, second, third) + rest }
  if (parts[0]!.length > 2 || parts[2]!.length !== 4) return { text }
  if (first > 12) return { text: isoDate(third, second, first) + rest }
  if (second > 12) return { text: isoDate(third, first, second) + rest }
  if (first === second) return { text: isoDate(third, first, second) + rest }
  return {
    fault: `can be two days: give ${isoDate(third, first, second)} or ${isoDate(third, second, first)}.`
  }
}

function isoDate(year: number, month: number, day: number): string {
  return [
    String(year).padStart(4, '0'),
    String(month).padStart(2, '0'),
    String(day).padStart(2, '0')
  ].join('-')
}
