import { createHash } from 'node:crypto'
import { DEFAULT_TYPE } from '../../fields.ts'
import type { MemoryContent } from '../../write.ts'
import { countCodePoints } from '../../../../lib/answer-size.ts'
import { normalizeName } from '../../../../lib/names.ts'
import type { ImportRun } from './run.ts'

export { isObject, arrayOrEmpty, textOrEmpty } from './json-values.ts'
export { parseForeignTime } from './time.ts'

/** One of the files that were given. Its text can be read several times. */
export interface InputFile {
  /** Below the folder that was named, or its own name. */
  path: string
  /** Its name alone does not say that it is of the format: what is in it tells. */
  uncertain?: boolean
  chunks: () => AsyncIterable<string>
}

/**
 * What may be said of a memory that comes from elsewhere; what is left out is as memory_store has
 * it.
 */
export interface ForeignMemory {
  key: string
  value: string
  tags?: unknown[]
  importance?: number
  type?: string
  metadata?: Record<string, unknown>
  session_id?: string | null
  speaker?: string | null
  occurred_at?: Date | null
  expires_at?: Date | null
}

/**
 * An end of a link: a memory of the same import by its key, or another thing by its type and name.
 */
export type LinkEnd = { key: string } | { type: string; name: string }
export interface ForeignLink {
  from: LinkEnd
  to: LinkEnd
  type: string
}

/**
 * What a reader finds: memories and links; a warning of what was read otherwise than it stands; a
 * thing that is broken, with its place; what is left out by its kind, and how often.
 */
export type ImportItem =
  | { memory: ForeignMemory }
  | { link: ForeignLink }
  | { warning: string }
  | { broken: string }
  | LeftOutItem
export interface LeftOutItem {
  left: string
  count: number
}

/** How one product's files are read. What is known of the files stands in each format's comment. */
export interface ImportFormat {
  name: string
  /** As people know it. */
  title: string
  /** What is to be given, in words. */
  takes: string
  /** Which of the files in a folder are meant; without one a folder is not taken. */
  picks?: (path: string) => boolean
  /** Which others are looked into: what is in them tells. */
  considers?: (path: string) => boolean
  read: (files: readonly InputFile[], run: ImportRun) => AsyncGenerator<ImportItem>
}

const LIMITS = {
  key: 255,
  value: 1_048_576,
  tags: 64,
  tag: 100,
  type: 64,
  session: 255,
  speaker: 255,
  metadata: 16_384
}
/** Characters of a part of a value that is too long for one memory. */
const PART = 1_000_000

/**
 * The memory as it is stored, several when the value is too long for one: within all limits, in
 * characters that every database holds.
 */
export function storableContents(
  {
    key,
    value,
    tags = [],
    importance = 0.5,
    type = DEFAULT_TYPE,
    metadata = {},
    ...rest
  }: ForeignMemory,
  agentName: string
): MemoryContent[] {
  const whole = clean(value)
  const parts =
    whole.length <= PART || countCodePoints(whole) <= LIMITS.value ? [whole] : [...partsOf(whole)]
  const {
    session_id: session,
    speaker,
    occurred_at: occurredAt = null,
    expires_at: expiresAt = null
  } = rest
  return parts.map((part, i) => ({
    key: storableKey(i === 0 ? key : `${key}/part ${i + 1}`),
    value: part,
    agent_name: agentName,
    tags: [
      ...new Set(
        tags.flatMap((tag) =>
          typeof tag === 'string' ? [cutText(normalizeName(clean(tag)), LIMITS.tag)] : []
        )
      )
    ]
      .filter(Boolean)
      .slice(0, LIMITS.tags),
    importance: Math.min(1, Math.max(0, importance)),
    type: cutText(clean(type).trim(), LIMITS.type) || DEFAULT_TYPE,
    metadata: metadataOf(metadata),
    session_id: session ? storableKey(session) : null,
    speaker: speaker ? cutText(clean(speaker), LIMITS.speaker) : null,
    occurred_at: occurredAt,
    expires_at: expiresAt
  }))
}

function* partsOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = Math.min(text.length, at + PART)
    const whole = end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1]!) ? end - 1 : end
    yield text.slice(at, whole)
    at = whole
  }
}

/**
 * A key within the limit; a longer one keeps its beginning and gets a name of its own by its
 * digest.
 */
export function storableKey(text: string): string {
  const key = normalizeName(clean(text)) || 'unnamed'
  return countCodePoints(key) <= LIMITS.key ? key : `${cutText(key, 230)}~${shortDigest(key)}`
}

export function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** What fits of the metadata, in its order. */
function metadataOf(metadata: Record<string, unknown>): string {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(metadata)) {
    if (value === undefined || value === null || value === '') continue
    const text = clean(JSON.stringify(value).replaceAll('\\u0000', ''))
    if (JSON.stringify(kept).length + name.length + text.length < LIMITS.metadata - 10) {
      kept[clean(name)] = JSON.parse(text)
    }
  }
  return JSON.stringify(kept)
}

function clean(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Whether something in it cannot be stored: NUL is left out, half a character becomes U+FFFD. */
export function hasUnstorableCharacters(text: string): boolean {
  return /\0|\p{Surrogate}/u.test(text)
}

/** The first so many characters. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : [...text.slice(0, most * 2)].slice(0, most).join('')
}
