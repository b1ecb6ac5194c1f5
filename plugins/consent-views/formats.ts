import { type Language, locales } from '../../lib/language.ts'
import { catalogues } from '../../views/texts/index.ts'

/** Dates and numbers as one person reads them. */
export interface Formats {
  /** A time to the minute with its zone: "3 Nov 2026, 09:05 UTC". */
  formatTime: (date: Date) => string
  /** A date in words that stay on one line: "3 Nov 2026". */
  formatDay: (date: Date) => string
  /** The time since the date, such as "5 minutes ago". The date itself after 30 days. */
  formatAge: (date: Date, now?: Date) => string
  formatNumber: (count: number) => string
  /** A size such as "1.2 MB"; a kilobyte has 1,000 bytes. */
  formatBytes: (bytes: number) => string
}

const timeUnits: Array<[Intl.RelativeTimeFormatUnit, number]> = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60]
]
const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

/** A format takes milliseconds to make, and there are about 600 zones. */
const MAX_KEPT_FORMATS = 200
const keptFormats = new Map<string, Formats>()

/** The formats for a language and an IANA time zone, kept for the next page. */
export function formatsFor(language: Language, timezone: string): Formats {
  const key = `${language} ${timezone}`
  const kept = keptFormats.get(key)
  if (kept) return kept
  if (keptFormats.size >= MAX_KEPT_FORMATS) keptFormats.clear()
  const formats = makeFormats(language, timezone)
  keptFormats.set(key, formats)
  return formats
}

function makeFormats(language: Language, timezone: string): Formats {
  const locale = locales[language]
  const day = { day: 'numeric', month: 'short', year: 'numeric', timeZone: timezone } as const
  const dayFormat = new Intl.DateTimeFormat(locale, day)
  const timeFormat = new Intl.DateTimeFormat(locale, {
    ...day,
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short'
  })
  const agoFormat = new Intl.RelativeTimeFormat(locale)
  const numberFormat = new Intl.NumberFormat(locale)
  const formatDay = (date: Date) => dayFormat.format(date).replaceAll(' ', '\u00A0')
  return {
    formatDay,
    formatTime: (date) =>
      timeFormat.format(date).replaceAll(' ', '\u00A0').replace(',\u00A0', ', '),
    formatAge(date, now = new Date()) {
      const ageSeconds = (now.getTime() - date.getTime()) / 1000
      if (ageSeconds >= 30 * 86_400) return formatDay(date)
      const [unit, size] = timeUnits.find(([, size]) => ageSeconds >= size) ?? []
      return unit && size
        ? agoFormat.format(-Math.floor(ageSeconds / size), unit)
        : catalogues[language].common.justNow
    },
    formatNumber: (count) => numberFormat.format(count),
    formatBytes(bytes) {
      const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), byteUnits.length - 1)
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: byteUnits[power]!,
        unitDisplay: power === 0 ? 'long' : 'short', // "26 bytes"; short would be "26 byte"
        maximumFractionDigits: power === 0 ? 0 : 1
      }).format(bytes / 1000 ** power)
    }
  }
}
