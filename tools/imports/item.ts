import { createHash } from 'node:crypto'
import { NORMAL } from '../memory/fields.ts'
import type { Content } from '../memory/write.ts'
import { charactersOf } from '../answer-size.ts'
import { nameOf } from '../names.ts'
import { instantOrNone } from '../time/instant.ts'

/** One of the files that were given: its path below the folder that was named, or its own name. Its text can be read several times. */
export interface InputFile { path: string, chunks: () => AsyncIterable<string> }

/** What may be said of a memory that comes from elsewhere; what is left out is as memory_store has it. */
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

/** An end of a link: a memory of the same import by its key, or another thing by its type and name. */
export type End = { key: string } | { type: string, name: string }
export type Item = { memory: Foreign } | { link: { from: End, to: End, type: string } } | { warning: string }

/** How one product's files are read. Throws ToolError with the place of what is wrong. The sources of what is known of the files stand in each format's comment. */
export interface Format {
  name: string
  /** As people know it. */
  title: string
  /** What is to be given, in words. */
  takes: string
  /** Which of the files in a folder are meant; without one a folder is not taken. */
  picks?: (path: string) => boolean
  read: (files: readonly InputFile[]) => AsyncGenerator<Item>
}

const MOST = { key: 255, value: 1_048_576, tags: 64, tag: 100, type: 64, session: 255, speaker: 255, metadata: 16_384 }
/** Characters of a part of a value that is too long for one memory. */
const PART = 1_000_000

/** The memory as it is stored, several when the value is too long for one: within all limits, in characters that every database holds. */
export function contentsOf ({ key, value, tags = [], importance = 0.5, type = NORMAL, metadata = {}, ...rest }: Foreign, agentName: string): Content[] {
  const whole = clean(value)
  const parts = whole.length <= PART || charactersOf(whole) <= MOST.value ? [whole] : [...partsOf(whole)]
  const { session_id: session, speaker, occurred_at: occurredAt = null, expires_at: expiresAt = null } = rest
  return parts.map((part, i) => ({
    key: keyOf(i === 0 ? key : `${key}/part ${i + 1}`),
    value: part,
    agent_name: agentName,
    tags: [...new Set(tags.flatMap((tag) => typeof tag === 'string' ? [cut(nameOf(clean(tag)), MOST.tag)] : []))].filter(Boolean).slice(0, MOST.tags),
    importance: Math.min(1, Math.max(0, importance)),
    type: cut(clean(type).trim(), MOST.type) || NORMAL,
    metadata: metadataOf(metadata),
    session_id: session ? keyOf(session) : null,
    speaker: speaker ? cut(clean(speaker), MOST.speaker) : null,
    occurred_at: occurredAt,
    expires_at: expiresAt
  }))
}

function * partsOf (text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const end = Math.min(text.length, at + PART)
    const whole = end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1]!) ? end - 1 : end
    yield text.slice(at, whole)
    at = whole
  }
}

/** A key within the limit; a longer one keeps its beginning and gets a name of its own by its digest. */
export function keyOf (text: string): string {
  const key = nameOf(clean(text)) || 'unnamed'
  return charactersOf(key) <= MOST.key ? key : `${cut(key, 230)}~${digestOf(key)}`
}

export function digestOf (text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** What fits of the metadata, in its order. */
function metadataOf (metadata: Record<string, unknown>): string {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(metadata)) {
    if (value === undefined || value === null || value === '') continue
    const text = clean(JSON.stringify(value).replaceAll('\\u0000', ''))
    if (JSON.stringify(kept).length + name.length + text.length < MOST.metadata - 10) kept[clean(name)] = JSON.parse(text)
  }
  return JSON.stringify(kept)
}

function clean (text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd')
}

/** The first so many characters. */
export function cut (text: string, most: number): string {
  return text.length <= most ? text : [...text.slice(0, most * 2)].slice(0, most).join('')
}

/** A date in English words, as in mail and many exports: "Tue, 03 Feb 2026 10:00:00 GMT", "Feb 3, 2026". */
const wordDate = /^(?:[A-Za-z]{3,9},? )?(?:(\d{1,2}) [A-Za-z]{3,9}|[A-Za-z]{3,9} (\d{1,2}),?) \d{4}(?:[ ,T].*)?$/

/** A time as files have it: ISO 8601, 28.11.2026, English words, UTC where it names no offset, or seconds since 1970; null when it is none. */
export function timeOf (value: unknown): Date | null {
  if (typeof value === 'number') return realTime(new Date(value * 1000))
  if (typeof value !== 'string') return null
  const written = instantOrNone(value)
  if (written) return written
  const [, first, second] = wordDate.exec(value.trim()) ?? []
  const day = Number(first ?? second)
  if (Number.isNaN(day)) return null
  const hasZone = /(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})\)?$/i.test(value.trim())
  const time = realTime(new Date(hasZone ? value : `${value} UTC`))
  const isSameDay = time !== null && (hasZone || time.getUTCDate() === day)
  return isSameDay ? time : null
}

function realTime (time: Date): Date | null {
  return Number.isNaN(time.getTime()) ? null : time
}

export function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf (value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function listOf (value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
