import { calendarDay } from './instant.ts'
import { DAY_MS, HOUR_MS, type WallTime } from './zone.ts'

/** A span on the clocks of a zone. `until` is exclusive. */
export interface WallSpan {
  from: WallTime
  until: WallTime
}

const monthNames = [
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
const weekdayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const shortOrFull = (name: string) => `${name.slice(0, 3)}(?:${name.slice(3)})?`
const monthPattern = `(sept|${monthNames.map(shortOrFull).join('|')})\\.?(?![a-z])`
const weekdayPattern = weekdayNames.map(shortOrFull).join('|')
const dayPattern = '(\\d{1,2})(?:st|nd|rd|th|\\.)?'
const numberWords: Record<string, number> = {
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
/** Hours of the day. A night ends in the next morning. */
const dayPartHours: Record<string, [number, number]> = {
  morning: [5, 12],
  afternoon: [12, 18],
  evening: [17, 24],
  night: [18, 30],
  noon: [11, 14]
}

const midnightOf = (wall: WallTime): WallTime => Math.floor(wall / DAY_MS) * DAY_MS
const daySpan = (from: WallTime, count = 1): WallSpan => ({ from, until: from + count * DAY_MS })
/** Months count from 0 and may exceed the year. */
const monthSpan = (year: number, first: number, count = 1): WallSpan => ({
  from: Date.UTC(year, first),
  until: Date.UTC(year, first + count)
})
const yearOf = (wall: WallTime) => new Date(wall).getUTCFullYear()
const monthNumber = (name: string) =>
  monthNames.findIndex((known) => known.startsWith(name.slice(0, 3)))

type SpanForm = [RegExp, (groups: string[], now: WallTime) => WallSpan | undefined]

const dayForms: SpanForm[] = [
  [/^today$/, (_, now) => daySpan(midnightOf(now))],
  [/^(?:yesterday|the day before)$/, (_, now) => daySpan(midnightOf(now) - DAY_MS)],
  [/^(?:the )?day before yesterday$/, (_, now) => daySpan(midnightOf(now) - 2 * DAY_MS)],
  [/^tomorrow$/, (_, now) => daySpan(midnightOf(now) + DAY_MS)],
  [/^(?:the )?day after tomorrow$/, (_, now) => daySpan(midnightOf(now) + 2 * DAY_MS)],
  [
    new RegExp(`^(?:last |past )?(${weekdayPattern})$`),
    ([, name], now) => daySpan(weekdayBefore(now, name!))
  ],
  [
    new RegExp(`^this (${weekdayPattern})$`),
    ([, name], now) => daySpan(weekStart(now) + DAY_MS * ((weekdayNumber(name!) + 6) % 7))
  ],
  [
    new RegExp(`^${dayPattern}(?: of)? ${monthPattern},? (\\d{4})$`),
    ([, date, name, year]) => dateOf(Number(year), name!, date!)
  ],
  [
    new RegExp(`^(?:(?:${weekdayPattern}),? )?${monthPattern} ${dayPattern},? (\\d{4})$`),
    ([, name, date, year]) => dateOf(Number(year), name!, date!)
  ],
  [
    new RegExp(`^(?:the )?${dayPattern}(?: of)? ${monthPattern}$`),
    ([, date, name], now) => latestDate(now, name!, date!)
  ],
  [
    new RegExp(`^(?:(?:${weekdayPattern}),? )?${monthPattern} ${dayPattern}$`),
    ([, name, date], now) => latestDate(now, name!, date!)
  ],
  [
    /^(\d{1,2})\. ?(\d{1,2})\.$/,
    ([, date, number], now) => latestDate(now, monthNames[Number(number) - 1] ?? '', date!)
  ],
  [
    /^(\d{4})-(\d{2})-(\d{2})$/,
    ([, year, number, date]) => realDaySpan(Number(year), Number(number), Number(date))
  ]
]

const spanForms: SpanForm[] = [
  [
    /^(this|last|past|previous|next|coming) (week|month|year)$/,
    ([, which, unit], now) =>
      unitAt(unit!, which === 'this' ? 0 : /next|coming/.test(which!) ? 1 : -1, now)
  ],
  [
    /^(this|last|past|previous|next) weekend$/,
    ([, which], now) =>
      daySpan(weekStart(now) + DAY_MS * (5 + (which === 'this' ? 0 : which === 'next' ? 7 : -7)), 2)
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
  [new RegExp(`^(?:in |last |this )?${monthPattern}$`), ([, name], now) => latestMonth(now, name!)],
  [
    new RegExp(`^(?:in )?${monthPattern},? (?:of )?(\\d{4})$`),
    ([, name, year]) => monthSpan(Number(year), monthNumber(name!))
  ],
  [/^(?:in )?(\d{4})$/, ([, year]) => monthSpan(Number(year), 0, 12)],
  [
    /^(?:in )?(\d{4})-(\d{2})$/,
    ([, year, number]) =>
      isMonth(number!) ? monthSpan(Number(year), Number(number) - 1) : undefined
  ],
  [
    /^(?:in )?(?:q([1-4])[ /,]?(\d{4})|(\d{4})[ -]?q([1-4]))$/,
    ([, quarterBefore, yearAfter, yearBefore, quarterAfter]) =>
      monthSpan(Number(yearAfter ?? yearBefore), (Number(quarterBefore ?? quarterAfter) - 1) * 3, 3)
  ],
  [/^(?:in )?(\d{4})-?w(\d{2})$/, ([, year, week]) => isoWeek(Number(year), Number(week))]
]

/** The span that words or an ISO date name; undefined if they name none. */
export function calendarSpan(text: string, now: WallTime): WallSpan | undefined {
  const spanWords = text.replace(/^(?:on|during|at) (?:the )?/, '')
  return (
    partOfDay(spanWords, now) ??
    firstMatch(dayForms, spanWords, now) ??
    firstMatch(spanForms, spanWords, now)
  )
}

function firstMatch(forms: SpanForm[], words: string, now: WallTime): WallSpan | undefined {
  for (const [form, span] of forms) {
    const formGroups = form.exec(words)
    const formSpan = formGroups && span(formGroups, now)
    if (formSpan) return formSpan
  }
  return undefined
}

/**
 * Reads "last night", "this morning", "yesterday evening", "Monday night". Before six o'clock,
 * "tonight" is the night that began the day before.
 */
function partOfDay(words: string, now: WallTime): WallSpan | undefined {
  const isEarly = now - midnightOf(now) < 6 * HOUR_MS
  if (words === 'last night') return hoursOf(midnightOf(now) - DAY_MS, 'night')
  if (/^(?:tonight|this night)$/.test(words)) {
    return hoursOf(midnightOf(now) - (isEarly ? DAY_MS : 0), 'night')
  }
  const [, date = '', part] =
    /^(.*\S) (?:in the |at )?(morning|afternoon|evening|night|noon)$/.exec(words) ?? []
  if (part === undefined) return undefined
  const dateSpan =
    date === 'this' || date === 'in the'
      ? daySpan(midnightOf(now))
      : firstMatch(dayForms, date.replace(/ (?:in the|at)$/, ''), now)
  return dateSpan && hoursOf(dateSpan.from, part)
}

function hoursOf(date: WallTime, part: string): WallSpan {
  const [from, until] = dayPartHours[part]!
  return { from: date + from * HOUR_MS, until: date + until * HOUR_MS }
}

function weekdayNumber(name: string): number {
  return weekdayNames.findIndex((known) => known.startsWith(name.slice(0, 3)))
}

/** The latest such weekday before today. */
function weekdayBefore(now: WallTime, name: string): WallTime {
  return (
    midnightOf(now) - DAY_MS * (((new Date(now).getUTCDay() - weekdayNumber(name) + 6) % 7) + 1)
  )
}

/** Monday of the current week. */
function weekStart(now: WallTime): WallTime {
  return midnightOf(now) - DAY_MS * ((new Date(now).getUTCDay() + 6) % 7)
}

/** The day, week (from Monday), month or year of a time, or one `offset` units away. */
function unitAt(unit: string, offset: number, now: WallTime): WallSpan {
  if (unit === 'day') return daySpan(midnightOf(now) + offset * DAY_MS)
  if (unit === 'week') return daySpan(weekStart(now) + offset * 7 * DAY_MS, 7)
  const localDate = new Date(now)
  return unit === 'month'
    ? monthSpan(localDate.getUTCFullYear(), localDate.getUTCMonth() + offset)
    : monthSpan(localDate.getUTCFullYear() + offset, 0, 12)
}

function unitAgo(count: number, unit: string, now: WallTime): WallSpan | undefined {
  if (Number.isNaN(count)) return undefined
  if (unit === 'day' || unit === 'week') return unitAt(unit, -count, now)
  return unitAt(unit, 0, monthsBack(now, count * (unit === 'year' ? 12 : 1)))
}

function hourAgo(count: number, now: WallTime): WallSpan | undefined {
  if (Number.isNaN(count)) return undefined
  const hourStart = Math.floor(now / HOUR_MS) * HOUR_MS - count * HOUR_MS
  return { from: hourStart, until: hourStart + HOUR_MS }
}

function unitsAhead(count: number, unit: string, now: WallTime): WallSpan | undefined {
  if (Number.isNaN(count)) return undefined
  return {
    from: now,
    until:
      unit === 'month' ? monthsBack(now, -count) : now + count * (unit === 'week' ? 7 : 1) * DAY_MS
  }
}

function realDaySpan(year: number, number: number, date: number): WallSpan | undefined {
  const dayStart = calendarDay(year, number, date)
  return dayStart === undefined ? undefined : daySpan(dayStart)
}

function dateOf(year: number, name: string, date: string): WallSpan | undefined {
  return realDaySpan(year, monthNumber(name) + 1, Number(date))
}

/** A date without a year is the latest one that has come. */
function latestDate(now: WallTime, name: string, date: string): WallSpan | undefined {
  if (name === '') return undefined
  for (let year = yearOf(now); year > yearOf(now) - 9; year--) {
    // February 29 can be eight years back.
    const dateSpan = dateOf(year, name, date)
    if (dateSpan && dateSpan.from <= now) return dateSpan
  }
  return undefined
}

function latestMonth(now: WallTime, name: string): WallSpan {
  const namedMonth = monthSpan(yearOf(now), monthNumber(name))
  return namedMonth.from <= now ? namedMonth : monthSpan(yearOf(now) - 1, monthNumber(name))
}

function isMonth(text: string): boolean {
  return Number(text) >= 1 && Number(text) <= 12
}

/** A week of ISO 8601; the first one contains January 4. */
function isoWeek(year: number, week: number): WallSpan | undefined {
  const weekMonday = weekStart(Date.UTC(year, 0, 4)) + (week - 1) * 7 * DAY_MS
  const isReal = week >= 1 && yearOf(weekMonday + 3 * DAY_MS) === year
  return isReal ? daySpan(weekMonday, 7) : undefined
}

/** The same day `months` months earlier, or the last day of that month. */
export function monthsBack(wall: WallTime, months: number): WallTime {
  const wallDate = new Date(wall)
  const firstOfMonth = Date.UTC(wallDate.getUTCFullYear(), wallDate.getUTCMonth() - months)
  const lastDay = new Date(
    Date.UTC(new Date(firstOfMonth).getUTCFullYear(), new Date(firstOfMonth).getUTCMonth() + 1, 0)
  ).getUTCDate()
  return (
    firstOfMonth +
    (Math.min(wallDate.getUTCDate(), lastDay) - 1) * DAY_MS +
    (((wall % DAY_MS) + DAY_MS) % DAY_MS)
  )
}

/** A number in digits or words; NaN for other text. */
export function countOf(text: string): number {
  return numberWords[text] ?? (/^\d{1,4}$/.test(text) ? Number(text) : NaN)
}
