import { nearest } from '../../lib/edit-distance.ts'
import { ToolError } from '../../lib/tool-error.ts'

/** A time zone: its name as answers give it, and how far its clocks are before UTC at a moment. */
export interface Zone {
  name: string
  offsetAt: (time: number) => number
}

/** The clock of a wall: as UTC milliseconds, so that arithmetic on it knows no zone. */
export type WallTime = number

const MINUTE = 60_000
const DAY = 86_400_000

export const utc: Zone = { name: 'UTC', offsetAt: () => 0 }

/** Zones that were used before: making a formatter takes longer than all else here. */
const zones = new Map<string, Zone>([['utc', utc]])
const MAX_KEPT_ZONES = 600

/**
 * Abbreviations that mean one zone; others are ambiguous (IST, CST) or known to ICU as another's
 * (BST).
 */
const abbreviations = ['utc', 'gmt', 'cet', 'eet', 'wet', 'met', 'est', 'mst', 'hst', 'jst']

/**
 * The IANA name as it is spelt (`europe/berlin` is Europe/Berlin), or undefined when there is no
 * such zone. Offsets such as +09:00 are no names.
 */
export function timezoneNamed(text: string): string | undefined {
  const name = text.trim().replaceAll(' ', '_')
  if (!/^[A-Za-z][\w+\-/]{1,49}$/.test(name)) return undefined
  if (/^[a-z]{1,4}$/i.test(name) && !abbreviations.includes(name.toLowerCase())) return undefined
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    const isAlias = timeZone.toLowerCase() !== name.toLowerCase()
    return isAlias && /^[A-Z]\w+\/[A-Z]/.test(name) ? name : timeZone // Asia/Kolkata stays as it was written
  } catch {
    return undefined
  }
}

/** Why a text names no zone, and what to write instead. */
export function timezoneFault(text: string): string {
  const near = similarZones(text)
  const hint = near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Give an IANA name.'
  return `"${text.slice(0, 60)}" is not a time zone. ${hint} Examples: Europe/Berlin, America/New_York, UTC.`
}

/** The zone of an IANA name or of an offset such as +09:00 or UTC+9. Throws ToolError. */
export function zoneOf(text: string): Zone {
  const known = zones.get(text.toLowerCase())
  if (known) return known
  const zone = offsetZone(text) ?? namedZone(text)
  if (!zone) throw new ToolError(`timezone: ${timezoneFault(text)}`)
  if (zones.size < MAX_KEPT_ZONES) zones.set(text.toLowerCase(), zone)
  return zone
}

/** What the clocks of the zone show. */
export function wallTime(time: Date | number, zone: Zone): WallTime {
  return Number(time) + zone.offsetAt(Number(time))
}

/**
 * The moment at which the clocks of the zone show this. A time that is skipped in spring is moved
 * forward by the gap; of a time that comes twice in autumn the first is meant.
 */
export function momentOf(wall: WallTime, zone: Zone): Date {
  const offsets = [zone.offsetAt(wall - DAY), zone.offsetAt(wall + DAY)]
  const moments = offsets
    .map((offset) => wall - offset)
    .filter((time) => wallTime(time, zone) === wall)
  return new Date(moments.length > 0 ? Math.min(...moments) : wall - offsets[0]!)
}

function offsetZone(text: string): Zone | undefined {
  const found = /^(?:utc|gmt)?([+-])(\d{1,2})(?::?([0-5]\d))?$/i.exec(text.trim())
  if (!found) return undefined
  const [, sign, hours, minutes = '00'] = found
  const offset = (Number(hours) * 60 + Number(minutes)) * MINUTE * (sign === '-' ? -1 : 1)
  if (Math.abs(offset) > 14 * 60 * MINUTE) return undefined
  return { name: `${sign}${hours!.padStart(2, '0')}:${minutes}`, offsetAt: () => offset }
}

function namedZone(text: string): Zone | undefined {
  const name = /^(?:z|gmt)$/i.test(text.trim()) ? 'UTC' : timezoneNamed(text)
  if (name === undefined || name === 'UTC') return name && utc
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric'
  })
  return { name, offsetAt: (time) => offsetIn(format, time) }
}

function offsetIn(format: Intl.DateTimeFormat, time: number): number {
  const parts: Record<string, string> = {}
  for (const { type, value } of format.formatToParts(time)) parts[type] = value
  const { year, month, day, hour, minute, second } = parts
  const fullYear = parts['era'] === 'BC' ? 1 - Number(year) : Number(year)
  const wall = new Date(0)
  wall.setUTCFullYear(fullYear, Number(month) - 1, Number(day))
  wall.setUTCHours(Number(hour), Number(minute), Number(second))
  return wall.getTime() - Math.floor(time / 1000) * 1000
}

function similarZones(text: string): string[] {
  const words = text
    .trim()
    .toLowerCase()
    .split(/[\s/_]+/)
    .filter((word) => word.length > 2)
  const known = Intl.supportedValuesOf('timeZone')
  const city = (name: string) => name.toLowerCase().split('/').at(-1)!.replaceAll('_', '')
  const last = words.join('').replace(/^(?:europe|america|asia|africa|australia|pacific)/, '')
  const same = known.filter((name) => city(name) === last || city(name) === words.at(-1))
  return same.length > 0 ? same.slice(0, 3) : nearestCities(last, known, city)
}

function nearestCities(word: string, known: string[], city: (name: string) => string): string[] {
  const near = nearest(word, [...new Set(known.map(city))])
  return known.filter((name) => near.includes(city(name))).slice(0, 3)
}
