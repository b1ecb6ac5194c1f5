import { createHash } from 'node:crypto'
import { NORMAL } from '../../fields.ts'
import type { Content } from '../../write.ts'
import { charactersOf } from '../../../../lib/answer-size.ts'
import { nameOf } from '../../../../lib/names.ts'
import type { ImportRun } from './run.ts'

export { isObject, listOf, textOf } from './json-values.ts'
export { timeOf } from './time.ts'

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
export interface Foreign {
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
export type End = { key: string } | { type: string; name: string }
export interface Link {
  from: End
  to: End
  type: string
}

/**
 * What a reader finds: memories and links; a warning of what was read otherwise than it stands; a
 * thing that is broken, with its place; what is left out by its kind, and how often.
 */
export type Item =
  { memory: Foreign } | { link: Link } | { warning: string } | { broken: string } | LeftOut
export interface LeftOut {
  left: string
  count: number
}

/** How one product's files are read. What is known of the files stands in each format's comment. */
export interface Format {
  name: string
  /** As people know it. */
  title: string
  /** What is to be given, in words. */
  takes: string
  /** Which of the files in a folder are meant; without one a folder is not taken. */
  picks?: (path: string) => boolean
  /** Which others are looked into: what is in them tells. */
  considers?: (path: string) => boolean
  read: (files: readonly InputFile[], run: ImportRun) => AsyncGenerator<Item>
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
export function contentsOf(
  { key, value, tags = [], importance = 0.5, type = NORMAL, metadata = {}, ...rest }: Foreign,
  agentName: string
): Content[] {
  const whole = clean(value)
  const parts =
    whole.length <= PART || charactersOf(whole) <= LIMITS.value ? [whole] : [...partsOf(whole)]
  const {
    session_id: session,
    speaker,
    occurred_at: occurredAt = null,
    expires_at: expiresAt = null
  } = rest
  return parts.map((part, i) => ({
    key: keyOf(i === 0 ? key : `${key}/part ${i + 1}`),
    value: part,
    agent_name: agentName,
    tags: [
      ...new Set(
        tags.flatMap((tag) =>
          typeof tag === 'string' ? [cut(nameOf(clean(tag)), LIMITS.tag)] : []
        )
      )
    ]
      .filter(Boolean)
      .slice(0, LIMITS.tags),
    importance: Math.min(1, Math.max(0, importance)),
    type: cut(clean(type).trim(), LIMITS.type) || NORMAL,
    metadata: metadataOf(metadata),
    session_id: session ? keyOf(session) : null,
    speaker: speaker ? cut(clean(speaker), LIMITS.speaker) : null,
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
export function keyOf(text: string): string {
  const key = nameOf(clean(text)) || 'unnamed'
  return charactersOf(key) <= LIMITS.key ? key : `${cut(key, 230)}~${digestOf(key)}`
}

export function digestOf(text: string): string {
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
export function isCleaned(text: string): boolean {
  return /\0|\p{Surrogate}/u.test(text)
}

/** The first so many characters. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : [...text.slice(0, most * 2)].slice(0, most).join('')
}
