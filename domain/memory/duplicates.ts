import { findBrowseEnd, listBrowsedMemories, listEqualValues } from '../../db/memory/browse.ts'
import { listMemoriesById } from '../../db/memory/memories.ts'
import { listTruthLinks } from '../../db/memory/relations.ts'
import { textSimilarity } from '../../lib/similarity.ts'
import type { DataContext } from '../context.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'

/** Memories that one call examines: those changed last, from the cursor on. */
const WINDOW_SIZE = 300
/** Pairs that one call returns. */
const MAX_PAIRS = 12
/** Neighbours in alphabetical order that each key and each value is compared with. */
const COMPARED_NEIGHBOURS = 3
const SIMILAR_KEY = 0.85
const SIMILAR_VALUE = 0.9
/** Characters of values that are compared. */
const COMPARED_LENGTH = 160

/** Why two memories stand side by side. */
export type PairReason = 'contradicts' | 'supersedes' | 'same_value' | 'near_value' | 'similar_key'

export interface ExaminedMemory {
  memory_id: string
  agent_name: string
  key: string
  tags: string[]
  type: string
  value: string
  value_length: number
  updated_at: Date
}

export interface MemoryPair {
  reason: PairReason
  /** The memory that was changed last comes first. */
  memories: [ExaminedMemory, ExaminedMemory]
}

export interface Duplicates {
  pairs: MemoryPair[]
  /** Where the next call goes on; undefined at the end. */
  next_cursor: string | undefined
}

/**
 * Pairs of memories that contradict or replace each other, say the same or nearly the same, or have
 * keys that are easily confused. It examines 300 memories from the cursor on, so its cost does not
 * grow with their number. Throws ToolError for a bad cursor.
 */
export async function findDuplicates(
  context: DataContext,
  { cursor, valueLimit }: { cursor?: string | undefined; valueLimit: number }
): Promise<Duplicates> {
  const { db, principal } = context
  const after = cursor ? decodeCursor(cursor) : undefined
  const page = { after, limit: WINDOW_SIZE, valueLimit: Math.max(valueLimit, COMPARED_LENGTH) }
  const rows = await listBrowsedMemories(db, principal.user_id, {}, page)
  const readEnd = await findBrowseEnd(db, principal.user_id, {}, after)
  return {
    pairs: await pairUp(context, rows, valueLimit),
    next_cursor: readEnd && encodeCursor(readEnd)
  }
}

type Reference = [firstId: string, secondId: string, reason: PairReason]

async function pairUp(
  { db, principal: { user_id: userId } }: DataContext,
  rows: readonly ExaminedMemory[],
  valueLimit: number
): Promise<MemoryPair[]> {
  const ids = rows.map(({ memory_id: id }) => id)
  const links = await listTruthLinks(db, userId, { ids })
  const references: Reference[] = [
    ...links.map(({ memory_id: id, by_memory_id: newId, type }): Reference => [newId, id, type]),
    ...(await listEqualValues(db, userId, ids)).map(
      ({ memory_id: id, equal_id: equalId }): Reference => [id, equalId, 'same_value']
    ),
    ...nearValues(rows),
    ...similarKeys(rows)
  ]
  const distinct = distinctPairs(references).slice(0, MAX_PAIRS)
  const members = await listMemoriesById(
    db,
    userId,
    [...new Set(distinct.flatMap(([first, second]) => [first, second]))],
    valueLimit
  )
  const memoryById = new Map(members.map((memory) => [memory.memory_id, memory]))
  return distinct.flatMap(([first, second, reason]) => {
    const pair = [memoryById.get(first), memoryById.get(second)]
    if (!pair[0] || !pair[1]) return []
    const memories = reason === 'supersedes' ? pair : pair.toSorted(byChange)
    return [{ reason, memories: memories as MemoryPair['memories'] }]
  })
}

function byChange(first?: ExaminedMemory, second?: ExaminedMemory): number {
  return second!.updated_at.getTime() - first!.updated_at.getTime()
}

/** Of several reasons for a pair the first counts. */
function distinctPairs(references: readonly Reference[]): Reference[] {
  const seen = new Set<string>()
  return references.filter(([first, second]) => {
    const pairKey = [first, second].sort().join(' ')
    return first !== second && !seen.has(pairKey) && seen.add(pairKey)
  })
}

/** Values that begin nearly alike. */
function nearValues(rows: readonly ExaminedMemory[]): Reference[] {
  const texts = rows.map(({ memory_id: id, value, value_length: length }) => ({
    id,
    text: value.slice(0, COMPARED_LENGTH).toLowerCase(),
    length
  }))
  return neighbourPairs(texts, (first, second) => {
    if (first.text.length < 20 || digitsOf(first.text) !== digitsOf(second.text)) return false
    const longer = Math.max(first.length, second.length)
    if (Math.min(first.length, second.length) < longer * SIMILAR_VALUE) return false
    return textSimilarity(first.text, second.text, SIMILAR_VALUE) >= SIMILAR_VALUE
  }).map(([first, second]) => [first.id, second.id, 'near_value'])
}

/** Keys of one namespace that differ little, and not in their numbers. */
function similarKeys(rows: readonly ExaminedMemory[]): Reference[] {
  const names = rows.map(({ memory_id: id, key, agent_name: agentName }) => ({
    id,
    agentName,
    text: key.toLowerCase().replace(/[\s_.-]+/g, ' ')
  }))
  return neighbourPairs(names, (first, second) => {
    if (first.agentName !== second.agentName) return false
    if (digitsOf(first.text) !== digitsOf(second.text)) return false
    return textSimilarity(first.text, second.text, SIMILAR_KEY) >= SIMILAR_KEY
  }).map(([first, second]) => [first.id, second.id, 'similar_key'])
}

/**
 * Pairs among neighbours in alphabetical order: the sorted neighbourhood method (Hernández and
 * Stolfo 1995), which compares n log n times less than all with all.
 */
function neighbourPairs<T extends { text: string }>(
  items: readonly T[],
  isAlike: (first: T, second: T) => boolean
): Array<[T, T]> {
  const sorted = items.toSorted((a, b) => (a.text < b.text ? -1 : 1))
  return sorted.flatMap((item, index) =>
    sorted
      .slice(index + 1, index + 1 + COMPARED_NEIGHBOURS)
      .filter((neighbour) => isAlike(item, neighbour))
      .map((neighbour): [T, T] => [item, neighbour])
  )
}

/** Numbers tell apart what otherwise looks the same: note 1 and note 2. */
function digitsOf(text: string): string {
  return text.replace(/\D+/g, ' ').trim()
}
