const MONTH_NAMES = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const CLOCK_PATTERN =
  /^(?:[T ,]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?$/i
/** A larger number is in milliseconds: as seconds it would lie after the year 5138. */
const MAX_SECONDS = 1e11
const MAX_OFFSET_MINUTES = 14 * 60

/**
 * Parses a time of a foreign file: ISO 8601, 3.2.2026 as in Europe, a date with the name of its
 * month, or seconds since 1970. Without an offset it is in UTC. Returns null for other texts, and
 * for an ambiguous date: 03/02/2026 is in February or in March.
 */
export function parseForeignTime(value: unknown): Date | null {
  if (typeof value === 'number') {
    return storableTime(new Date(value > MAX_SECONDS ? value : value * 1000))
  }
  if (typeof value !== 'string') return null
  const text = value.trim()
  const isoDate = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(.*)$/.exec(text)
  if (isoDate) return dateTime(isoDate[1], isoDate[2], isoDate[3], isoDate[4])
  const dottedDate = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(.*)$/.exec(text)
  if (dottedDate) return dateTime(dottedDate[3], dottedDate[2], dottedDate[1], dottedDate[4])
  const slashedDate = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(.*)$/.exec(text)
  if (slashedDate) return unambiguousDate(slashedDate)
  const britishDate =
    /^(?:[a-z]{3,9},?\s+)?(\d{1,2})\.?\s+([a-z]{3})[a-z]*\.?,?\s+(\d{4})(.*)$/i.exec(text)
  if (britishDate) {
    return dateTime(britishDate[3], monthNumber(britishDate[2]), britishDate[1], britishDate[4])
  }
  const americanDate =
    /^(?:[a-z]{4,9},\s+)?([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(.*)$/i.exec(
      text
    )
  if (!americanDate) return null
  return dateTime(americanDate[3], monthNumber(americanDate[1]), americanDate[2], americanDate[4])
}

/** A date with slashes is clear if its day is above 12 or equals its month. */
function unambiguousDate([, first, second, year, clock]: RegExpExecArray): Date | null {
  if (Number(first) > 12 || first === second) return dateTime(year, second, first, clock)
  return Number(second) > 12 ? dateTime(year, first, second, clock) : null
}

function monthNumber(name = ''): string {
  return String(MONTH_NAMES.indexOf(name.toLowerCase()) + 1)
}

/**
 * Returns null for a time that does not exist, such as 31 June, second 60 or the offset +25:00.
 * Date.UTC takes the years 0 to 99 for others, so these give null, too.
 */
function dateTime(year = '', month = '', day = '', clock = ''): Date | null {
  const clockParts = CLOCK_PATTERN.exec(clock.trim() === '' ? '' : clock)
  if (!clockParts) return null
  const [, hours = '0', minutes = '0', seconds = '0', fraction = '0', zone = 'Z'] = clockParts
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return null
  const offset = offsetMilliseconds(zone)
  if (offset === undefined) return null
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  const isSameMonth =
    midnight.getUTCFullYear() === Number(year) && midnight.getUTCMonth() === Number(month) - 1
  if (!isSameMonth || midnight.getUTCDate() !== Number(day)) return null
  const milliseconds = Math.floor(Number(`0.${fraction}`) * 1000)
  const utcTime = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
    milliseconds
  )
  return storableTime(new Date(utcTime - offset))
}

/** The offset east of Greenwich; undefined for one that no place has. */
function offsetMilliseconds(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  if (!sign) return 0
  const offsetMinutes = Number(hours) * 60 + Number(minutes)
  if (offsetMinutes > MAX_OFFSET_MINUTES || Number(minutes) > 59) return undefined
  return (sign === '-' ? -1 : 1) * offsetMinutes * 60_000
}

/** Both databases, and ISO 8601 with four digits, can express these years. */
function storableTime(time: Date): Date | null {
  const year = time.getUTCFullYear()
  return year >= 1 && year <= 9999 ? time : null
}
