import { nearestWords } from '../../lib/edit-distance.ts'
import { ToolError } from '../../lib/tool-error.ts'

/** A time zone: its name as answers give it, and how far its clocks are before UTC at a moment. */
export interface TimeZone {
  name: string
  offsetAt: (time: number) => number
}

/** The clock of a wall: as UTC milliseconds, so that arithmetic on it knows no zone. */
export type WallTime = number

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

export const utcZone: TimeZone = { name: 'UTC', offsetAt: () => 0 }

/** Zones that were used before: making a formatter takes longer than all else here. */
const zoneCache = new Map<string, TimeZone>([['utc', utcZone]])
const MAX_CACHED_ZONES = 600

/**
 * Abbreviations that mean one zone; others are ambiguous (IST, CST) or known to ICU as another's
 * (BST).
 */
const zoneAbbreviations = ['utc', 'gmt', 'cet', 'eet', 'wet', 'met', 'est', 'mst', 'hst', 'jst']

/**
 * The IANA name as it is spelt (`europe/berlin` is Europe/Berlin), or undefined when there is no
 * such zone. Offsets such as +09:00 are no names.
 */
export function canonicalTimezone(text: string): string | undefined {
  const zoneName = text.trim().replaceAll(' ', '_')
  if (!/^[A-Za-z][\w+\-/]{1,49}$/.test(zoneName)) return undefined
  if (/^[a-z]{1,4}$/i.test(zoneName) && !zoneAbbreviations.includes(zoneName.toLowerCase()))
    return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zoneName }).resolvedOptions()
    const isAlias = timeZone.toLowerCase() !== zoneName.toLowerCase()
    return isAlias && /^[A-Z]\w+\/[A-Z]/.test(zoneName) ? zoneName : timeZone // Asia/Kolkata stays as it was written
  } catch {
    return undefined
  }
}

/** Why a text names no zone, and what to write instead. */
export function timezoneFault(text: string): string {
  const similarNames = similarZones(text)
  const correctionHint =
    similarNames.length > 0 ? `Did you mean ${similarNames.join(', ')}?` : 'Give an IANA name.'
  return `"${text.slice(0, 60)}" is not a time zone. ${correctionHint} Examples: Europe/Berlin, America/New_York, UTC.`
}

/** The zone of an IANA name or of an offset such as +09:00 or UTC+9. Throws ToolError. */
export function zoneOf(text: string): TimeZone {
  const cachedZone = zoneCache.get(text.toLowerCase())
  if (cachedZone) return cachedZone
  const parsedZone = zoneOfOffset(text) ?? zoneOfName(text)
  if (!parsedZone) throw new ToolError(`timezone: ${timezoneFault(text)}`)
  if (zoneCache.size < MAX_CACHED_ZONES) zoneCache.set(text.toLowerCase(), parsedZone)
  return parsedZone
}

/** What the clocks of the zone show. */
export function wallTime(time: Date | number, zone: TimeZone): WallTime {
  return Number(time) + zone.offsetAt(Number(time))
}

/**
 * The moment at which the clocks of the zone show this. A time that is skipped in spring is moved
 * forward by the gap; of a time that comes twice in autumn the first is meant.
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

function similarZones(text: string): string[] {
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
