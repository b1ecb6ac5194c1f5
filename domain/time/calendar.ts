import { calendarDay } from './instant.ts'
import type { WallTime } from './zone.ts'

/** A span on the clocks of a zone, its end not in it. */
export interface WallSpan {
  from: WallTime
  until: WallTime
}

const HOUR = 3600_000
const DAY = 24 * HOUR
const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december'
]
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const month = `(sept|${months.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')})\\.?(?![a-z])`
const weekday = weekdays.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')
const day = '(\\d{1,2})(?:st|nd|rd|th|\\.)?'
const counts: Record<string, number> = {
  a: 1,
  an: 1,
  one: 1,
  couple: 2,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  twelve: 12
}
/** Hours of a day; those of a night end in the morning after. */
const parts: Record<string, [number, number]> = {
  morning: [5, 12],
  afternoon: [12, 18],
  evening: [17, 24],
  night: [18, 30],
  noon: [11, 14]
}

const midnight = (wall: WallTime): WallTime => Math.floor(wall / DAY) * DAY
const days = (from: WallTime, count = 1): WallSpan => ({ from, until: from + count * DAY })
/** Months count from 0 and may pass the borders of the year. */
const monthsFrom = (year: number, first: number, count = 1): WallSpan => ({
  from: Date.UTC(year, first),
  until: Date.UTC(year, first + count)
})
const yearOf = (wall: WallTime) => new Date(wall).getUTCFullYear()
const monthNumber = (name: string) =>
  months.findIndex((known) => known.startsWith(name.slice(0, 3)))

type Form = [RegExp, (groups: string[], now: WallTime) => WallSpan | undefined]

const dayForms: Form[] = [
  [/^today$/, (_, now) => days(midnight(now))],
  [/^(?:yesterday|the day before)$/, (_, now) => days(midnight(now) - DAY)],
  [/^(?:the )?day before yesterday$/, (_, now) => days(midnight(now) - 2 * DAY)],
  [/^tomorrow$/, (_, now) => days(midnight(now) + DAY)],
  [/^(?:the )?day after tomorrow$/, (_, now) => days(midnight(now) + 2 * DAY)],
  [
    new RegExp(`^(?:last |past )?(${weekday})$`),
    ([, name], now) => days(weekdayBefore(now, name!))
  ],
  [
    new RegExp(`^this (${weekday})$`),
    ([, name], now) => days(weekStart(now) + DAY * ((weekdayNumber(name!) + 6) % 7))
  ],
  [
    new RegExp(`^${day}(?: of)? ${month},? (\\d{4})$`),
    ([, date, name, year]) => dateOf(Number(year), name!, date!)
  ],
  [
    new RegExp(`^(?:(?:${weekday}),? )?${month} ${day},? (\\d{4})$`),
    ([, name, date, year]) => dateOf(Number(year), name!, date!)
  ],
  [
    new RegExp(`^(?:the )?${day}(?: of)? ${month}$`),
    ([, date, name], now) => latestDate(now, name!, date!)
  ],
  [
    new RegExp(`^(?:(?:${weekday}),? )?${month} ${day}$`),
    ([, name, date], now) => latestDate(now, name!, date!)
  ],
  [
    /^(\d{1,2})\. ?(\d{1,2})\.$/,
    ([, date, number], now) => latestDate(now, months[Number(number) - 1] ?? '', date!)
  ],
  [
    /^(\d{4})-(\d{2})-(\d{2})$/,
    ([, year, number, date]) => realDay(Number(year), Number(number), Number(date))
  ]
]

const spanForms: Form[] = [
  [
    /^(this|last|past|previous|next|coming) (week|month|year)$/,
    ([, which, unit], now) =>
      unitAt(unit!, which === 'this' ? 0 : /next|coming/.test(which!) ? 1 : -1, now)
  ],
  [
    /^(this|last|past|previous|next) weekend$/,
    ([, which], now) =>
      days(weekStart(now) + DAY * (5 + (which === 'this' ? 0 : which === 'next' ? 7 : -7)), 2)
  ],
  [
    /^(?:a )?(\w+)(?: of)? (day|week|month|year)s? ago$/,
    ([, count, unit], now) => unitAgo(countOf(count!), unit!, now)
  ],
  [/^(?:a |an )?(\w+)? ?hours? ago$/, ([, count = 'one'], now) => hourAgo(countOf(count), now)],
  [
    /^(?:in the |in |the )?next (\w+) (day|week|month)s?$/,
    ([, count, unit], now) => unitsAhead(countOf(count!), unit!, now)
  ],
  [new RegExp(`^(?:in |last |this )?${month}$`), ([, name], now) => latestMonth(now, name!)],
  [
    new RegExp(`^(?:in )?${month},? (?:of )?(\\d{4})$`),
    ([, name, year]) => monthsFrom(Number(year), monthNumber(name!))
  ],
  [/^(?:in )?(\d{4})$/, ([, year]) => monthsFrom(Number(year), 0, 12)],
  [
    /^(?:in )?(\d{4})-(\d{2})$/,
    ([, year, number]) =>
      isMonth(number!) ? monthsFrom(Number(year), Number(number) - 1) : undefined
  ],
  [
    /^(?:in )?(?:q([1-4])[ /,]?(\d{4})|(\d{4})[ -]?q([1-4]))$/,
    ([, first, year, otherYear, other]) =>
      monthsFrom(Number(year ?? otherYear), (Number(first ?? other) - 1) * 3, 3)
  ],
  [/^(?:in )?(\d{4})-?w(\d{2})$/, ([, year, week]) => isoWeek(Number(year), Number(week))]
]

/** What words or an ISO date name on the calendar; undefined for what they do not. */
export function calendarSpan(text: string, now: WallTime): WallSpan | undefined {
  const words = text.replace(/^(?:on|during|at) (?:the )?/, '')
  return partOfDay(words, now) ?? firstOf(dayForms, words, now) ?? firstOf(spanForms, words, now)
}

function firstOf(forms: Form[], words: string, now: WallTime): WallSpan | undefined {
  for (const [form, span] of forms) {
    const groups = form.exec(words)
    const result = groups && span(groups, now)
    if (result) return result
  }
  return undefined
}

/**
 * "last night", "this morning", "yesterday evening", "Monday night". In the small hours a night is
 * the one that goes on.
 */
function partOfDay(words: string, now: WallTime): WallSpan | undefined {
  const isEarly = now - midnight(now) < 6 * HOUR
  if (words === 'last night') return hoursOf(midnight(now) - DAY, 'night')
  if (/^(?:tonight|this night)$/.test(words)) {
    return hoursOf(midnight(now) - (isEarly ? DAY : 0), 'night')
  }
  const [, date = '', part] =
    /^(.*\S) (?:in the |at )?(morning|afternoon|evening|night|noon)$/.exec(words) ?? []
  if (part === undefined) return undefined
  const at =
    date === 'this' || date === 'in the'
      ? days(midnight(now))
      : firstOf(dayForms, date.replace(/ (?:in the|at)$/, ''), now)
  return at && hoursOf(at.from, part)
}

function hoursOf(date: WallTime, part: string): WallSpan {
  const [from, until] = parts[part]!
  return { from: date + from * HOUR, until: date + until * HOUR }
}

function weekdayNumber(name: string): number {
  return weekdays.findIndex((known) => known.startsWith(name.slice(0, 3)))
}

/** The last such day before today. */
function weekdayBefore(now: WallTime, name: string): WallTime {
  return midnight(now) - DAY * (((new Date(now).getUTCDay() - weekdayNumber(name) + 6) % 7) + 1)
}

/** Monday of the week. */
function weekStart(now: WallTime): WallTime {
  return midnight(now) - DAY * ((new Date(now).getUTCDay() + 6) % 7)
}

/** The day, week (from Monday), month or year that a time is in, or one beside it. */
function unitAt(unit: string, offset: number, now: WallTime): WallSpan {
  if (unit === 'day') return days(midnight(now) + offset * DAY)
  if (unit === 'week') return days(weekStart(now) + offset * 7 * DAY, 7)
  const first = new Date(now)
  return unit === 'month'
    ? monthsFrom(first.getUTCFullYear(), first.getUTCMonth() + offset)
    : monthsFrom(first.getUTCFullYear() + offset, 0, 12)
}

function unitAgo(count: number, unit: string, now: WallTime): WallSpan | undefined {
  if (Number.isNaN(count)) return undefined
  if (unit === 'day' || unit === 'week') return unitAt(unit, -count, now)
  return unitAt(unit, 0, monthsBack(now, count * (unit === 'year' ? 12 : 1)))
}

function hourAgo(count: number, now: WallTime): WallSpan | undefined {
  if (Number.isNaN(count)) return undefined
  const from = Math.floor(now / HOUR) * HOUR - count * HOUR
  return { from, until: from + HOUR }
}

function unitsAhead(count: number, unit: string, now: WallTime): WallSpan | undefined {
  if (Number.isNaN(count)) return undefined
  return {
    from: now,
    until:
      unit === 'month' ? monthsBack(now, -count) : now + count * (unit === 'week' ? 7 : 1) * DAY
  }
}

function realDay(year: number, number: number, date: number): WallSpan | undefined {
  const from = calendarDay(year, number, date)
  return from === undefined ? undefined : days(from)
}

function dateOf(year: number, name: string, date: string): WallSpan | undefined {
  return realDay(year, monthNumber(name) + 1, Number(date))
}

/** A date without its year is the last one that has come. */
function latestDate(now: WallTime, name: string, date: string): WallSpan | undefined {
  if (name === '') return undefined
  for (let year = yearOf(now); year > yearOf(now) - 9; year--) {
    // February 29: eight years may lie between
    const span = dateOf(year, name, date)
    if (span && span.from <= now) return span
  }
  return undefined
}

function latestMonth(now: WallTime, name: string): WallSpan {
  const span = monthsFrom(yearOf(now), monthNumber(name))
  return span.from <= now ? span : monthsFrom(yearOf(now) - 1, monthNumber(name))
}

function isMonth(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 12
}

/** The week of ISO 8601: the first one holds January 4. */
function isoWeek(year: number, week: number): WallSpan | undefined {
  const from = weekStart(Date.UTC(year, 0, 4)) + (week - 1) * 7 * DAY
  const isReal = week >= 1 && yearOf(from + 3 * DAY) === year
  return isReal ? days(from, 7) : undefined
}

/** The same day of an earlier month, or its last day. */
export function monthsBack(wall: WallTime, months: number): WallTime {
  const date = new Date(wall)
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months)
  const lastDay = new Date(
    Date.UTC(new Date(first).getUTCFullYear(), new Date(first).getUTCMonth() + 1, 0)
  ).getUTCDate()
  return first + (Math.min(date.getUTCDate(), lastDay) - 1) * DAY + (((wall % DAY) + DAY) % DAY)
}

/** A number in digits or words; NaN for what is none. */
export function countOf(text: string): number {
  return counts[text] ?? (/^\d{1,4}$/.test(text) ? Number(text) : NaN)
}
