import { ToolError } from '../../lib/tool-error.ts'
import { calendarSpan, countOf, monthsBack, type WallSpan } from './calendar.ts'
import { withIsoDate, parseInstant, hasExplicitOffset } from './instant.ts'
import { timeWordsInEnglish } from './languages.ts'
import {
  DAY_MS,
  HOUR_MS,
  momentOf,
  utcZone,
  wallTime,
  type WallTime,
  type TimeZone,
  zoneOf
} from './zone.ts'

/** A span of time. `until` is exclusive. */
export interface TimeSpan {
  from?: Date
  until?: Date
}

const allTimePattern = /^(?:all|all time|any time|anytime|ever|always|everything)$/
const isoMomentPattern =
  '\\d{4}-\\d{2}-\\d{2}[t ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?\\s?(?:z|[+-]\\d{2}:?\\d{2})?'
const weekdayNamePattern = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*$/
const lastingPattern = new RegExp(
  '^(?:in the |within the |over the |the )?(?:last|past)[ _-]' +
    '(?:(\\d{1,4}|[a-z]+)[ _-]?)?(minute|min|hour|day|week|month|year|h|d)s?$'
)
const rollingHours: Record<string, number> = {
  last_hour: 1,
  last_24h: 24,
  last_day: 24,
  last_week: 7 * 24,
  last_month: 30 * 24,
  last_year: 365 * 24
}

/** Examples for every argument that takes time words. */
export const TIME_EXAMPLES =
  'today, yesterday, last night, last week, last 3 days, 3 days ago, November 28, May 2023, ' +
  'since yesterday, 2023-05-08 or 2023-05-01..2023-05-31'

/**
 * Parses time words, a date or a range in the zone. An empty text is all time. Every tool uses this
 * vocabulary. A zone may follow: "yesterday +09:00". Throws ToolError.
 */
export function spanOf(
  name: string,
  text: string,
  now: Date,
  zone: TimeZone = utcZone
): TimeSpan & { zone: TimeZone } {
  const { words, zone: spanZone } = splitOffZone(timeWordsInEnglish(text), zone)
  if (words === '' || allTimePattern.test(words)) return { zone: spanZone }
  const timeSpan = readSpan(name, words, now, spanZone)
  if (timeSpan) return { ...timeSpan, zone: spanZone }
  const isoDatePattern = /\d{4}-\d{2}-\d{2}/g
  const impossibleDay = [...words.matchAll(isoDatePattern)]
    .map(([day]) => day)
    .find((day) => !calendarSpan(day, 0))
  const dayHint = impossibleDay ? ` There is no ${impossibleDay}.` : ''
  throw new ToolError(
    `${name} is not understood: "${text.slice(0, 60)}".${dayHint} Say for example ${TIME_EXAMPLES}.`
  )
}

const zoneAtEnd = new RegExp(
  '^(.*?\\S)\\s(?:(?:in|at) )?\\(?' +
    '((?:utc|gmt|jst|cet|eet|est|mst|z)(?:[+-]\\d{1,2}(?::?\\d{2})?)?|[a-z_]{2,}/[a-z_+/-]+\\d*)' +
    '\\)?$'
)

/**
 * Splits off a zone at the end, which applies to the whole text. An offset after a time of day
 * stays with that time.
 */
function splitOffZone(words: string, zone: TimeZone): { words: string; zone: TimeZone } {
  const [, before, name] = zoneAtEnd.exec(words) ?? []
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

function readSpan(name: string, words: string, now: Date, zone: TimeZone): TimeSpan | undefined {
  const singleSpan = readPoint(name, words, now, zone)
  if (singleSpan) return singleSpan
  const [, since] = /^(?:since|after|from|starting|as of) (.+)$/.exec(words) ?? []
  const startSpan =
    since &&
    readPoint(name, since.replace(/ (?:on|onwards?|until now|till now|to now)$/, ''), now, zone)
  if (startSpan) return startSpan.from && { from: startSpan.from }
  const [, before] = /^(?:before|prior to|earlier than) (.+)$/.exec(words) ?? []
  const endSpan = before && readPoint(name, before, now, zone)
  if (endSpan) return endSpan.from && { until: endSpan.from }
  const [, through] = /^(?:until|till|up to|to|through) (.+)$/.exec(words) ?? []
  const lastSpan = through && readPoint(name, through, now, zone)
  if (lastSpan) return lastSpan.until && { until: lastSpan.until }
  return readRange(name, words, now, zone)
}

/** Reads two points with one of the usual words or signs between them. */
function readRange(name: string, words: string, now: Date, zone: TimeZone): TimeSpan | undefined {
  const spelledRange = spelledOut(words.replace(/^(?:from|between) /, ''))
  for (const { index, 0: sign } of spelledRange.matchAll(
    /\.\.\.?|\/|:|–|—| (?:to|and|until|till|through|-) |(?<=[a-z\d]) ?- ?(?=[a-z\d])/g
  )) {
    const [first, last] = [
      spelledRange.slice(0, index).trim(),
      spelledRange.slice(index + sign.length).trim()
    ]
    const rangeStart = readPoint(name, first, now, zone, true)?.from
    const rangeEnd = readPoint(name, last, now, zone, true)?.until
    if (rangeStart && rangeEnd && rangeStart < rangeEnd) {
      return { from: rangeStart, until: rangeEnd }
    }
    // "Monday to Wednesday" on a Wednesday: the second day follows the first.
    if (rangeStart && rangeEnd && weekdayNamePattern.test(last)) {
      return { from: rangeStart, until: new Date(rangeEnd.getTime() + 7 * DAY_MS) }
    }
  }
  return undefined
}

/** Repeats the month in "Nov 1-5" and "1-5 November 2023". */
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

/** Reads one point: a moment, words that go back from now, or a span of the calendar. */
function readPoint(
  name: string,
  words: string,
  now: Date,
  zone: TimeZone,
  inRange = false
): TimeSpan | undefined {
  const recentSpan = recentSpanOf(words, now, zone)
  if (recentSpan) return recentSpan
  if (new RegExp(`^(?:at |on )?${isoMomentPattern}$`).test(words)) {
    return momentSpan(name, words.replace(/^(?:at|on) /, ''), zone, inRange)
  }
  const isoReading = withIsoDate(words.replace(/^(?:on|in) /, ''))
  if ('fault' in isoReading) {
    throw new ToolError(
      `${name} "${words.slice(0, 60)}" ${isoReading.fault} Correct it and call again.`
    )
  }
  const wallSpan = calendarSpan(isoReading.text, wallTime(now, zone))
  return wallSpan && inZone(wallSpan, zone)
}

function inZone({ from, until }: WallSpan, zone: TimeZone): TimeSpan {
  return { from: momentOf(from, zone), until: momentOf(until, zone) }
}

/**
 * The second of a moment, or in a range the moment itself. Undefined for a date that does not
 * exist.
 */
function momentSpan(
  name: string,
  words: string,
  zone: TimeZone,
  inRange: boolean
): TimeSpan | undefined {
  try {
    const momentStart = parseInstant(name, words, hasExplicitOffset(words) ? utcZone : zone)
    return momentStart
      ? { from: momentStart, until: new Date(momentStart.getTime() + (inRange ? 0 : 1000)) }
      : undefined
  } catch (error) {
    if (error instanceof ToolError) return undefined
    throw error
  }
}

/**
 * Reads spans that end now: `last_24h` by hours, "last 3 days" by the calendar. A bare "last week"
 * is a calendar week and not read here.
 */
function recentSpanOf(words: string, now: Date, zone: TimeZone): TimeSpan | undefined {
  const untilNow = new Date(now.getTime() + 1)
  const hoursBack = rollingHours[words.replace(/-/g, '_')]
  if (hoursBack !== undefined) {
    return { from: new Date(now.getTime() - hoursBack * HOUR_MS), until: untilNow }
  }
  const [, count, unit] = lastingPattern.exec(words) ?? []
  if (unit === undefined || (count === undefined && !/^(?:min|minute|hour|h)$/.test(unit))) {
    return undefined
  }
  const unitCount = countOf(count ?? 'one')
  return Number.isNaN(unitCount)
    ? undefined
    : {
        from: momentOf(wallTimeBefore(wallTime(now, zone), unitCount, unit, now, zone), zone),
        until: untilNow
      }
}

function wallTimeBefore(
  wall: WallTime,
  count: number,
  unit: string,
  now: Date,
  zone: TimeZone
): WallTime {
  const unitLength = { min: HOUR_MS / 60, minute: HOUR_MS / 60, h: HOUR_MS, hour: HOUR_MS }[unit]
  if (unitLength !== undefined) return wallTime(now.getTime() - count * unitLength, zone)
  if (unit === 'd' || unit === 'day' || unit === 'week') {
    return wall - count * (unit === 'week' ? 7 : 1) * DAY_MS
  }
  return monthsBack(wall, count * (unit === 'year' ? 12 : 1))
}
