import { ToolError } from '../tool.ts'

/** A span of time, its end not in it. */
export interface Span { from?: Date, until?: Date }

const DAY = 86_400_000
const months = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december']
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const month = `(sept|${months.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')})(?![a-z])`
const number: Record<string, number> = { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10 }
const iso = '\\d{4}(?:-\\d{2}(?:-\\d{2}(?:t\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?(?:z|[+-]\\d{2}:?\\d{2})?)?)?)?'

const midnight = (time: Date) => Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate())
const days = (from: number, count = 1): Span => ({ from: new Date(from), until: new Date(from + count * DAY) })
/** Months count from 0 and may pass the year's borders. */
const monthsFrom = (year: number, first: number, count = 1): Span => ({ from: new Date(Date.UTC(year, first)), until: new Date(Date.UTC(year, first + count)) })

type Form = [RegExp, (found: string[], now: Date) => Span | undefined]
const forms: Form[] = [
  [/^(?:on )?today$/, (_, now) => days(midnight(now))],
  [/^yesterday$/, (_, now) => days(midnight(now) - DAY)],
  [/^this (week|month|year)$/, ([, unit], now) => unitAt(unit!, 0, now)],
  [/^last (week|month|year)$/, ([, unit], now) => unitAt(unit!, -1, now)],
  [/^last_(24h|day|week|month)$/, ([, unit], now) => ({ from: new Date(now.getTime() - DAY * { '24h': 1, day: 1, week: 7, month: 30 }[unit!]!), until: new Date(now.getTime() + 1) })],
  [/^(?:in the |the )?(?:last|past) (\w+) (hour|day|week|month|year)s?$/, ([, count, unit], now) => {
    const from = ago(countOf(count!), unit!, now)
    return from && { from, until: new Date(now.getTime() + 1) }
  }],
  [/^(\w+) (day|week|month|year)s? ago$/, ([, count, unit], now) => {
    const at = ago(countOf(count!), unit!, now)
    return at && unitAt(unit!, 0, at)
  }],
  [/^(?:on |last )?(sunday|monday|tuesday|wednesday|thursday|friday|saturday)$/, ([, name], now) =>
    days(midnight(now) - DAY * (((now.getUTCDay() - weekdays.indexOf(name!) + 6) % 7) + 1))],
  [new RegExp(`^(?:in )?${month}$`), ([, name], now) => monthsFrom(now.getUTCFullYear() - (monthOf(name!) > now.getUTCMonth() ? 1 : 0), monthOf(name!))],
  [new RegExp(`^(?:in )?${month},? (\\d{4})$`), ([, name, year]) => monthsFrom(Number(year), monthOf(name!))],
  [new RegExp(`^(?:on )?(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${month},? (\\d{4})$`), ([, day, name, year]) => dayOf(year!, name!, day!)],
  [new RegExp(`^(?:on )?${month} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})$`), ([, name, day, year]) => dayOf(year!, name!, day!)],
  [new RegExp(`^(?:in |on )?(${iso})$`), ([, date]) => isoSpan(date!)],
  [new RegExp(`^(?:since|after|from) (${iso})$`), ([, date]) => { const { from } = isoSpan(date!) ?? {}; return from && { from } }],
  [new RegExp(`^(?:before|until) (${iso})$`), ([, date]) => { const { from } = isoSpan(date!) ?? {}; return from && { until: from } }],
  [new RegExp(`^(?:from |between )?(${iso})(?:\\.\\.|/|:| to | and | until | - )(${iso})$`), ([, first, last]) => {
    const [{ from }, { until }] = [isoSpan(first!) ?? {}, isoSpan(last!) ?? {}]
    return from && until && from < until ? { from, until } : undefined
  }]
]

/** The span that words or an ISO 8601 date or range name, in UTC. Throws ToolError. */
export function spanOf (text: string, now: Date): Span {
  const asked = text.trim().toLowerCase().replace(/\s+/g, ' ')
  if (asked === '') return {}
  for (const [form, span] of forms) {
    const found = form.exec(asked)
    const result = found && span(found, now)
    if (result) return result
  }
  throw new ToolError(`when is not understood: "${text.slice(0, 60)}". Say for example yesterday, last week, 3 days ago, May 2023, 2023-05-08 or 2023-05-01..2023-05-31.`)
}

function countOf (text: string): number {
  return number[text] ?? (/^\d{1,4}$/.test(text) ? Number(text) : NaN)
}

function monthOf (name: string): number {
  return months.findIndex((known) => known.startsWith(name.slice(0, 3)))
}

function dayOf (year: string, name: string, day: string): Span | undefined {
  return isoSpan(`${year}-${String(monthOf(name) + 1).padStart(2, '0')}-${day.padStart(2, '0')}`)
}

function ago (count: number, unit: string, now: Date): Date | undefined {
  if (Number.isNaN(count)) return undefined
  if (unit === 'month' || unit === 'year') return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count * (unit === 'year' ? 12 : 1), now.getUTCDate()))
  return new Date(now.getTime() - count * { hour: DAY / 24, day: DAY, week: 7 * DAY }[unit]!)
}

/** The day, week (from Monday), month or year that a time is in, or one before. */
function unitAt (unit: string, offset: number, time: Date): Span {
  if (unit === 'day') return days(midnight(time) + offset * DAY)
  if (unit === 'week') return days(midnight(time) - DAY * ((time.getUTCDay() + 6) % 7) + offset * 7 * DAY, 7)
  return unit === 'month' ? monthsFrom(time.getUTCFullYear(), time.getUTCMonth() + offset) : monthsFrom(time.getUTCFullYear() + offset, 0, 12)
}

/** The year, month, day, or moment on; undefined for a date that there is not. */
function isoSpan (text: string): Span | undefined {
  const [date = '', time] = text.toUpperCase().split('T')
  const [year = 0, monthNumber, day] = date.split('-').map(Number)
  if (monthNumber === undefined) return monthsFrom(year, 0, 12)
  if (day === undefined) return monthNumber >= 1 && monthNumber <= 12 ? monthsFrom(year, monthNumber - 1) : undefined
  const from = new Date(time === undefined ? date : `${date}T${time}${/[Z+-]/.test(time) ? '' : 'Z'}`)
  if (Number.isNaN(from.getTime()) || (time === undefined && from.getUTCDate() !== day)) return undefined
  return time === undefined ? days(from.getTime()) : { from, until: new Date(from.getTime() + 1000) }
}
