import { createHash } from 'node:crypto'
import { DEFAULT_TYPE, GLOBAL_NAMESPACE } from '../../fields.ts'
import type { MemoryContent } from '../../write.ts'
import { countCodePoints } from '../../../../lib/answer-size.ts'
import { normalizeName } from '../../../../lib/names.ts'
import type { ImportRun } from './run.ts'

/** A file to import. Its text can be read several times. */
export interface InputFile {
  /** The path below the imported folder, or the file's name. */
  path: string
  /** Only the content, not the name, shows whether the file has the format. */
  uncertain?: boolean
  /** Characters that one value or line may have; without it as many as a string can. */
  maxValueCharacters?: number
  chunks: () => AsyncIterable<string>
}

/** A memory of another product. An absent field gets the default of memory_store. */
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
  /** Absent leaves the pin of a memory that is here as it is. */
  pinned?: boolean
  /** Where the memory was when this product exported it: its namespace, and its id and version. */
  exported?: { agent_name: string; version: string }
}

/** An end of a link: a memory of the same import by its key, or a thing by its type and name. */
export type LinkEnd = { key: string; agent_name?: string } | { type: string; name: string }
export interface ForeignLink {
  from: LinkEnd
  to: LinkEnd
  type: string
}

/**
 * What a format reads from its files: memories, links, warnings about interpreted text,
 * broken parts with their place, and counts of parts that it leaves out.
 */
export type ImportItem =
  | { memory: ForeignMemory }
  | { link: ForeignLink }
  | { warning: string }
  | { broken: string }
  | LeftOutItem
export interface LeftOutItem {
  /** The kind of parts, in the plural. */
  left: string
  count: number
}

/** How to read the files of one product. Each format documents the files that it knows. */
export interface ImportFormat {
  name: string
  /** The product's name for people. */
  title: string
  /** The files that the user has to give, in words. */
  takes: string
  /** Selects the files of a folder by path; a format without it does not take a folder. */
  picks?: (path: string) => boolean
  /** Selects further files whose content decides. */
  considers?: (path: string) => boolean
  read: (files: readonly InputFile[], run: ImportRun) => AsyncGenerator<ImportItem>
}

const FIELD_LIMITS = {
  key: 255,
  value: 1_048_576,
  tags: 64,
  tag: 100,
  type: 64,
  session: 255,
  speaker: 255,
  metadata: 16_384
}
/** Characters of each part of a value that is too long for one memory. */
const PART_LENGTH = 1_000_000
/** Characters of a long key that stay readable; a digest follows. */
const KEY_PREFIX_LENGTH = 230

/**
 * The memory as it is stored, within all limits and without unstorable characters. A value that is
 * too long for one memory gives several.
 */
export function storableContents(memory: ForeignMemory, agentName: string): MemoryContent[] {
  const { key, importance = 0.5, type = DEFAULT_TYPE, session_id, speaker } = memory
  const cleanValue = cleanText(memory.value)
  const fitsOneMemory =
    cleanValue.length <= PART_LENGTH || countCodePoints(cleanValue) <= FIELD_LIMITS.value
  const valueParts = fitsOneMemory ? [cleanValue] : [...splitValue(cleanValue)]
  return valueParts.map((valuePart, index) => ({
    key: storableKey(index === 0 ? key : `${key}/part ${index + 1}`),
    value: valuePart,
    agent_name: agentName,
    tags: storableTags(memory.tags ?? []),
    importance: Math.min(1, Math.max(0, importance)),
    type: cutText(cleanText(type).trim(), FIELD_LIMITS.type) || DEFAULT_TYPE,
    metadata: storableMetadata(memory.metadata ?? {}, memory.exported !== undefined),
    session_id: session_id ? storableSession(session_id, memory.exported !== undefined) : null,
    speaker: speaker ? cutText(cleanText(speaker), FIELD_LIMITS.speaker) : null,
    occurred_at: memory.occurred_at ?? null,
    expires_at: memory.expires_at ?? null,
    ...(memory.pinned !== undefined && { pinned: memory.pinned })
  }))
}

/** The id of a session in the form of a key; one of our own export is as it was stored. */
function storableSession(sessionId: string, isStored: boolean): string {
  return isStored ? cutText(cleanText(sessionId), FIELD_LIMITS.session) : storableKey(sessionId)
}

/** The namespace of an imported memory: the one that was chosen, else the one that it had. */
export function importNamespace(formerNamespace: string | undefined, chosenNamespace: string) {
  const isChosen = chosenNamespace !== GLOBAL_NAMESPACE || !formerNamespace
  return isChosen ? chosenNamespace : normalizeName(cleanText(formerNamespace))
}

/** What identifies a memory of an import. */
export function memoryPlace(namespace: string, key: string): string {
  return `${namespace}\n${key}`
}

/** Splits without cutting a surrogate pair. */
function* splitValue(value: string): Generator<string> {
  for (let partStart = 0; partStart < value.length;) {
    const fullEnd = Math.min(value.length, partStart + PART_LENGTH)
    const splitsPair = fullEnd < value.length && /[\uD800-\uDBFF]/.test(value[fullEnd - 1]!)
    const partEnd = splitsPair ? fullEnd - 1 : fullEnd
    yield value.slice(partStart, partEnd)
    partStart = partEnd
  }
}

function storableTags(tags: unknown[]): string[] {
  const tagNames = tags.flatMap((tag) =>
    typeof tag === 'string' ? [cutText(normalizeName(cleanText(tag)), FIELD_LIMITS.tag)] : []
  )
  return [...new Set(tagNames)].filter(Boolean).slice(0, FIELD_LIMITS.tags)
}

/** A key within the limit. A longer text keeps its beginning and gets a digest as its end. */
export function storableKey(text: string): string {
  const key = normalizeName(cleanText(text)) || 'unnamed'
  if (countCodePoints(key) <= FIELD_LIMITS.key) return key
  return `${cutText(key, KEY_PREFIX_LENGTH)}~${shortDigest(key)}`
}

/** The first 16 hex digits of SHA-256. */
export function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Metadata as JSON text. Entries that exceed the limit are left out, later ones first. */
function storableMetadata(metadata: Record<string, unknown>, keepsEmpty: boolean): string {
  // An entry named __proto__ is data as any other; assigning it to an object would lose it.
  let keptMetadata: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(metadata)) {
    if (value === undefined) continue
    if (!keepsEmpty && (value === null || value === '')) continue
    const valueJson = cleanText(JSON.stringify(value).replaceAll('\\u0000', ''))
    const jsonLength = JSON.stringify(keptMetadata).length + name.length + valueJson.length
    if (jsonLength < FIELD_LIMITS.metadata - 10) {
      const entry: [string, unknown] = [cleanText(name), JSON.parse(valueJson)]
      keptMetadata = Object.fromEntries([...Object.entries(keptMetadata), entry])
    }
  }
  return JSON.stringify(keptMetadata)
}

function cleanText(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd')
}

/** Whether cleaning changes the text: it removes NUL and replaces lone surrogates by U+FFFD. */
export function hasUnstorableCharacters(text: string): boolean {
  return /\0|\p{Surrogate}/u.test(text)
}

/** The beginning of a text, up to `maxCharacters` code points. */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text
  return [...text.slice(0, maxCharacters * 2)].slice(0, maxCharacters).join('')
}
