const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const CLOCK =
  /^(?:[T ,]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$/i
/** Above it a number is milliseconds, not seconds: the year 5138. */
const MAX_SECONDS = 1e11

/**
 * A time as files have it: ISO 8601, 3.2.2026 as it is written in Europe, a date with the name of
 * its month, or seconds since 1970; UTC where it names no offset. null when it is none, or could
 * be two: 03/02/2026 is February or March.
 */
export function parseForeignTime(value: unknown): Date | null {
  if (typeof value === 'number') {
    return inRange(new Date(value > MAX_SECONDS ? value : value * 1000))
  }
  if (typeof value !== 'string') return null
  const text = value.trim()
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(.*)$/.exec(text)
  if (iso) return instant(iso[1], iso[2], iso[3], iso[4])
  const dotted = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(.*)$/.exec(text)
  if (dotted) return instant(dotted[3], dotted[2], dotted[1], dotted[4])
  const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(.*)$/.exec(text)
  if (slashed) return clear(slashed)
  const named = /^(?:[a-z]{3,9},?\s+)?(\d{1,2})\.?\s+([a-z]{3})[a-z]*\.?,?\s+(\d{4})(.*)$/i.exec(
    text
  )
  if (named) return instant(named[3], monthOf(named[2]), named[1], named[4])
  const american =
    /^(?:[a-z]{4,9},\s+)?([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(.*)$/i.exec(
      text
    )
  return american ? instant(american[3], monthOf(american[1]), american[2], american[4]) : null
}

/** A date with slashes whose day is above 12, or equal to its month, can only be one. */
function clear([, first, second, year, clock]: RegExpExecArray): Date | null {
  if (Number(first) > 12 || first === second) return instant(year, second, first, clock)
  return Number(second) > 12 ? instant(year, first, second, clock) : null
}

function monthOf(name = ''): string {
  return String(MONTHS.indexOf(name.toLowerCase()) + 1)
}

/** null for what the calendar does not have, such as 31 June. */
function instant(year = '', month = '', day = '', clock = ''): Date | null {
  const parts = CLOCK.exec(clock.trim() === '' ? '' : clock)
  if (!parts) return null
  const [, hours = '0', minutes = '0', seconds = '0', fraction = '0', zone = 'Z'] = parts
  const [y, m, d, h, min, s] = [year, month, day, hours, minutes, seconds].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number
  ]
  if (h > 23 || min > 59 || s > 60) return null
  const date = new Date(Date.UTC(y, m - 1, d))
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return null
  const milliseconds = Math.floor(Number(`0.${fraction}`) * 1000)
  return inRange(new Date(Date.UTC(y, m - 1, d, h, min, s, milliseconds) - offsetOf(zone)))
}

/** In milliseconds, east of Greenwich. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  if (!sign) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** Only what both databases and ISO 8601 write in four digits. */
function inRange(time: Date): Date | null {
  const year = time.getUTCFullYear()
  return year >= 1 && year <= 9999 ? time : null
}
