import { nearestWords } from '../../lib/edit-distance.ts'
import { ToolError } from '../../lib/tool-error.ts'

/** A time zone: its name in answers, and its offset from UTC in milliseconds at a time. */
export interface TimeZone {
  name: string
  offsetAt: (time: number) => number
}

/** The reading of a wall clock as UTC milliseconds, so that arithmetic needs no zone. */
export type WallTime = number

const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

export const utcZone: TimeZone = { name: 'UTC', offsetAt: () => 0 }

/** Caches zones: a formatter is expensive to make. */
const zoneCache = new Map<string, TimeZone>([['utc', utcZone]])
const MAX_CACHED_ZONES = 600

/** Unambiguous abbreviations. IST and CST are ambiguous, and ICU takes BST for another zone. */
const zoneAbbreviations = ['utc', 'gmt', 'cet', 'eet', 'wet', 'met', 'est', 'mst', 'hst', 'jst']

/**
 * The correct spelling of an IANA name (`europe/berlin` is Europe/Berlin), or undefined if there is
 * no such zone. Offsets such as +09:00 are not names.
 */
export function canonicalTimezone(text: string): string | undefined {
  const zoneName = text.trim().replaceAll(' ', '_')
  if (!/^[A-Za-z][\w+\-/]{1,49}$/.test(zoneName)) return undefined
  if (/^[a-z]{1,4}$/i.test(zoneName) && !zoneAbbreviations.includes(zoneName.toLowerCase())) {
    return undefined
  }
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zoneName }).resolvedOptions()
    const isAlias = timeZone.toLowerCase() !== zoneName.toLowerCase()
    // ICU renames Asia/Kolkata to Asia/Calcutta: an alias stays as the user writes it.
    return isAlias && /^[A-Z]\w+\/[A-Z]/.test(zoneName) ? zoneName : timeZone
  } catch {
    return undefined
  }
}

/** Why a text is not a zone, and what to write instead. */
export function timezoneFault(text: string): string {
  const similarNames = similarZones(text)
  const correctionHint =
    similarNames.length > 0 ? `Did you mean ${similarNames.join(', ')}?` : 'Give an IANA name.'
  return (
    `"${text.slice(0, 60)}" is not a time zone. ${correctionHint} ` +
    'Examples: Europe/Berlin, America/New_York, UTC.'
  )
}

/** The zone of an IANA name or an offset such as +09:00 or UTC+9. Throws ToolError. */
export function zoneOf(text: string): TimeZone {
  const cachedZone = zoneCache.get(text.toLowerCase())
  if (cachedZone) return cachedZone
  const parsedZone = zoneOfOffset(text) ?? zoneOfName(text)
  if (!parsedZone) throw new ToolError(`timezone: ${timezoneFault(text)}`)
  if (zoneCache.size < MAX_CACHED_ZONES) zoneCache.set(text.toLowerCase(), parsedZone)
  return parsedZone
}

/** The wall time of a moment in the zone. */
export function wallTime(time: Date | number, zone: TimeZone): WallTime {
  return Number(time) + zone.offsetAt(Number(time))
}

/**
 * The moment of a wall time in the zone. A time skipped in spring moves forward by the gap. A time
 * that occurs twice in autumn is the first one.
 */
export function momentOf(wall: WallTime, zone: TimeZone): Date {
  const possibleOffsets = [zone.offsetAt(wall - DAY_MS), zone.offsetAt(wall + DAY_MS)]
  const possibleTimes = possibleOffsets
    .map((offset) => wall - offset)
    .filter((time) => wallTime(time, zone) === wall)
  return new Date(
    possibleTimes.length > 0 ? Math.min(...possibleTimes) : wall - possibleOffsets[0]!
  )
}

function zoneOfOffset(text: string): TimeZone | undefined {
  const offsetMatch = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?([0-5]\d))?$/i.exec(text.trim())
  if (!offsetMatch) return undefined
  const [, sign, hours, minutes = '00'] = offsetMatch
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS * (sign === '-' ? -1 : 1)
  if (Math.abs(offsetMs) > 14 * 60 * MINUTE_MS) return undefined
  return { name: `${sign}${hours!.padStart(2, '0')}:${minutes}`, offsetAt: () => offsetMs }
}

function zoneOfName(text: string): TimeZone | undefined {
  const zoneName = /^(?:z|gmt)$/i.test(text.trim()) ? 'UTC' : canonicalTimezone(text)
  if (zoneName === undefined || zoneName === 'UTC') return zoneName && utcZone
  const zoneFormat = new Intl.DateTimeFormat('en-US', {
    timeZone: zoneName,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  return { name: zoneName, offsetAt: (time) => offsetIn(zoneFormat, time) }
}

function offsetIn(format: Intl.DateTimeFormat, time: number): number {
  const partsByType: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(time)) partsByType[type] = value
  const { year, month, day, hour, minute, second } = partsByType
  const fullYear = partsByType['era'] === 'BC' ? 1 - Number(year) : Number(year)
  const wallDate = new Date(0)
  wallDate.setUTCFullYear(fullYear, Number(month) - 1, Number(day))
  wallDate.setUTCHours(Number(hour), Number(minute), Number(second))
  return wallDate.getTime() - Math.floor(time / 1000) * 1000
}

/** Up to three zones whose city is spelled like the text. */
export function similarZones(text: string): string[] {
  const nameWords = text
    .trim()
    .toLowerCase()
    .split(/[\s/_]+/)
    .filter((word) => word.length > 2)
  const knownZones = Intl.supportedValuesOf('timeZone')
  const cityOf = (name: string) => name.toLowerCase().split('/').at(-1)!.replaceAll('_', '')
  const cityWord = nameWords
    .join('')
    .replace(/^(?:europe|america|asia|africa|australia|pacific)/, '')
  const sameCityZones = knownZones.filter(
    (name) => cityOf(name) === cityWord || cityOf(name) === nameWords.at(-1)
  )
  return sameCityZones.length > 0
    ? sameCityZones.slice(0, 3)
    : nearestCities(cityWord, knownZones, cityOf)
}

function nearestCities(word: string, known: string[], city: (name: string) => string): string[] {
  const nearestNames = nearestWords(word, [...new Set(known.map(city))])
  return known.filter((name) => nearestNames.includes(city(name))).slice(0, 3)
}
