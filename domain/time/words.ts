import { ToolError } from '../../lib/tool-error.ts'
import { calendarSpan, countOf, monthsBack, type WallSpan } from './calendar.ts'
import { asIso, instant, isMoment } from './instant.ts'
import { inEnglish } from './languages.ts'
import { momentOf, utc, wallTime, type WallTime, type Zone, zoneOf } from './zone.ts'

/** A span of time, its end not in it. */
export interface Span {
  from?: Date
  until?: Date
}

const HOUR = 3600_000
const DAY = 24 * HOUR

const everything = /^(?:all|all time|any time|anytime|ever|always|everything)$/
const isoMoment =
  '\\d{4}-\\d{2}-\\d{2}[t ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?\\s?(?:z|[+-]\\d{2}:?\\d{2})?'
const weekdayName = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*$/
const lasting =
  /^(?:in the |within the |over the |the )?(?:last|past)[ _-](?:(\d{1,4}|[a-z]+)[ _-]?)?(minute|min|hour|day|week|month|year|h|d)s?$/
const rolling: Record<string, number> = {
  last_hour: 1,
  last_24h: 24,
  last_day: 24,
  last_week: 7 * 24,
  last_month: 30 * 24,
  last_year: 365 * 24
}

/** Examples that fit every place where time words are taken. */
export const TIME_EXAMPLES =
  'today, yesterday, last night, last week, last 3 days, 3 days ago, November 28, May 2023, since yesterday, 2023-05-08 or 2023-05-01..2023-05-31'

/**
 * The span that words, a date or a range of these name, in the zone; an empty text is all time. It
 * is the one vocabulary of every tool. A zone may follow: "yesterday +09:00". Throws ToolError.
 */
export function spanOf(
  name: string,
  text: string,
  now: Date,
  zone: Zone = utc
): Span & { zone: Zone } {
  const { words, zone: meant } = withZone(inEnglish(text), zone)
  if (words === '' || everything.test(words)) return { zone: meant }
  const span = readSpan(name, words, now, meant)
  if (span) return { ...span, zone: meant }
  const impossible = /\d{4}-\d{2}-\d{2}/g
  const missing = [...words.matchAll(impossible)]
    .map(([day]) => day)
    .find((day) => !calendarSpan(day, 0))
  const why = missing ? ` There is no ${missing}.` : ''
  throw new ToolError(
    `${name} is not understood: "${text.slice(0, 60)}".${why} Say for example ${TIME_EXAMPLES}.`
  )
}

/** A zone at the end counts for the whole text; an offset of a time of day belongs to that time. */
function withZone(words: string, zone: Zone): { words: string; zone: Zone } {
  const [, before, name] =
    /^(.*?\S)\s(?:(?:in|at) )?\(?((?:utc|gmt|jst|cet|eet|est|mst|z)(?:[+-]\d{1,2}(?::?\d{2})?)?|[a-z_]{2,}\/[a-z_+/-]+\d*)\)?$/.exec(
      words
    ) ?? []
  if (before !== undefined && name !== undefined && !/^\w+day\//.test(name)) {
    return { words: before, zone: zoneOf(name) }
  }
  const [, day, offset] =
    /^(.*\D|(?:.*\D)?\d{4}-\d{2}-\d{2}|.*[a-z])\s?([+-]\d{2}:\d{2})$/.exec(words) ?? []
  if (day !== undefined && offset !== undefined && !/\d:\d{2}$/.test(day)) {
    return { words: day.trim(), zone: zoneOf(offset) }
  }
  return { words, zone }
}

function readSpan(name: string, words: string, now: Date, zone: Zone): Span | undefined {
  const single = readPoint(name, words, now, zone)
  if (single) return single
  const [, since] = /^(?:since|after|from|starting|as of) (.+)$/.exec(words) ?? []
  const start =
    since &&
    readPoint(name, since.replace(/ (?:on|onwards?|until now|till now|to now)$/, ''), now, zone)
  if (start) return start.from && { from: start.from }
  const [, before] = /^(?:before|prior to|earlier than) (.+)$/.exec(words) ?? []
  const end = before && readPoint(name, before, now, zone)
  if (end) return end.from && { until: end.from }
  const [, through] = /^(?:until|till|up to|to|through) (.+)$/.exec(words) ?? []
  const last = through && readPoint(name, through, now, zone)
  if (last) return last.until && { until: last.until }
  return readRange(name, words, now, zone)
}

/** Two points, with any of the usual words or signs between them. */
function readRange(name: string, words: string, now: Date, zone: Zone): Span | undefined {
  const range = spelledOut(words.replace(/^(?:from|between) /, ''))
  for (const { index, 0: sign } of range.matchAll(
    /\.\.\.?|\/|:|–|—| (?:to|and|until|till|through|-) |(?<=[a-z\d]) ?- ?(?=[a-z\d])/g
  )) {
    const [first, last] = [range.slice(0, index).trim(), range.slice(index + sign.length).trim()]
    const from = readPoint(name, first, now, zone, true)?.from
    const until = readPoint(name, last, now, zone, true)?.until
    if (from && until && from < until) return { from, until }
    // "Monday to Wednesday" on a Wednesday: the second day follows the first.
    if (from && until && weekdayName.test(last)) {
      return { from, until: new Date(until.getTime() + 7 * DAY) }
    }
  }
  return undefined
}

/** "Nov 1-5" and "1-5 November 2023" with the month at both ends. */
function spelledOut(range: string): string {
  return range
    .replace(
      /^([a-z]{3,9}) (\d{1,2}) ?[-–] ?(\d{1,2})(,? \d{4})?$/,
      (_, month: string, first: string, last: string, year = '') =>
        `${month} ${first}${year}..${month} ${last}${year}`
    )
    .replace(
      /^(\d{1,2}) ?[-–] ?(\d{1,2}) ([a-z]{3,9})( \d{4})?$/,
      (_, first: string, last: string, month: string, year = '') =>
        `${first} ${month}${year}..${last} ${month}${year}`
    )
}

/** What is one piece: a moment, words that reach back from now, or a span of the calendar. */
function readPoint(
  name: string,
  words: string,
  now: Date,
  zone: Zone,
  inRange = false
): Span | undefined {
  const back = reachingBack(words, now, zone)
  if (back) return back
  if (new RegExp(`^(?:at |on )?${isoMoment}$`).test(words)) {
    return momentSpan(name, words.replace(/^(?:at|on) /, ''), zone, inRange)
  }
  const iso = asIso(words.replace(/^(?:on|in) /, ''))
  if ('fault' in iso) {
    throw new ToolError(`${name} "${words.slice(0, 60)}" ${iso.fault} Correct it and call again.`)
  }
  const span = calendarSpan(iso.text, wallTime(now, zone))
  return span && inZone(span, zone)
}

function inZone({ from, until }: WallSpan, zone: Zone): Span {
  return { from: momentOf(from, zone), until: momentOf(until, zone) }
}

/** A second, or as the end of a range the moment itself. Undefined for a date that there is not. */
function momentSpan(name: string, words: string, zone: Zone, inRange: boolean): Span | undefined {
  try {
    const from = instant(name, words, isMoment(words) ? utc : zone)
    return from ? { from, until: new Date(from.getTime() + (inRange ? 0 : 1000)) } : undefined
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}

/**
 * last_24h and the like go by hours; "last 3 days" goes back from now; a "last week" of the
 * calendar is not here.
 */
function reachingBack(words: string, now: Date, zone: Zone): Span | undefined {
  const until = new Date(now.getTime() + 1)
  const hours = rolling[words.replace(/-/g, '_')]
  if (hours !== undefined) return { from: new Date(now.getTime() - hours * HOUR), until }
  const [, count, unit] = lasting.exec(words) ?? []
  if (unit === undefined || (count === undefined && !/^(?:min|minute|hour|h)$/.test(unit))) {
    return undefined
  }
  const number = countOf(count ?? 'one')
  return Number.isNaN(number)
    ? undefined
    : { from: momentOf(back(wallTime(now, zone), number, unit, now, zone), zone), until }
}

function back(wall: WallTime, count: number, unit: string, now: Date, zone: Zone): WallTime {
  const length = { min: HOUR / 60, minute: HOUR / 60, h: HOUR, hour: HOUR }[unit]
  if (length !== undefined) return wallTime(now.getTime() - count * length, zone)
  if (unit === 'd' || unit === 'day' || unit === 'week') {
    return wall - count * (unit === 'week' ? 7 : 1) * DAY
  }
  return monthsBack(wall, count * (unit === 'year' ? 12 : 1))
}
