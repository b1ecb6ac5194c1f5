import type { Db } from '../../db/connection/connect.ts'
import { listTruthLinks, type TruthLink } from '../../db/memory/relations.ts'

/** Keys of the memories that replace or contradict a memory, with a namespace if it differs. */
export interface TruthMarks {
  superseded_by?: string
  contradicts?: string[]
}

/** Finds the truth marks of several memories, by memory id. A memory without marks is absent. */
export async function findTruthMarks(
  db: Db,
  userId: string,
  memoryIds: readonly string[]
): Promise<Map<string, TruthMarks>> {
  return truthMarksByMemory(await listTruthLinks(db, userId, { ids: memoryIds }))
}

/** Collects the links of several memories into truth marks, by memory id. */
export function truthMarksByMemory(truthLinks: readonly TruthLink[]): Map<string, TruthMarks> {
  const marksById = new Map<string, TruthMarks>()
  for (const truthLink of truthLinks) {
    const { memory_id: memoryId, key, agent_name: namespace } = truthLink
    const isSameNamespace = namespace === truthLink.memory_namespace
    const memoryName = isSameNamespace ? key : `${key} [${namespace}]`
    const truthMarks = marksById.get(memoryId) ?? {}
    if (truthLink.type === 'supersedes') truthMarks.superseded_by ??= memoryName
    else if (!truthMarks.contradicts?.includes(memoryName)) {
      truthMarks.contradicts = [...(truthMarks.contradicts ?? []), memoryName]
    }
    marksById.set(memoryId, truthMarks)
  }
  return marksById
}

/** Lists the memories that supersede each memory, by memory number. */
export function successorsOf(truthLinks: readonly TruthLink[]): Map<number, number[]> {
  const successors = new Map<number, number[]>()
  for (const { type, memory_no: memoryNumber, by_memory_no: successorNumber } of truthLinks) {
    if (type !== 'supersedes') continue
    successors.set(memoryNumber, [...(successors.get(memoryNumber) ?? []), successorNumber])
  }
  return successors
}

/** The marks as text for people; empty without marks. */
export function truthText({ superseded_by: successor, contradicts = [] }: TruthMarks): string {
  return [
    ...(successor === undefined ? [] : [`superseded by ${successor}`]),
    ...(contradicts.length === 0 ? [] : [`contradicts ${contradicts.join(', ')}`])
  ].join('; ')
}

/**
 * Orders a ranking so that each successor comes before the memory that it replaces. The successor
 * moves up and takes the higher of both scores. All other entries keep their order.
 */
export function successorsFirst<T extends { memory_no: number; score: number }>(
  ranking: readonly T[],
  successors: ReadonlyMap<number, readonly number[]>
): T[] {
  if (successors.size === 0) return [...ranking]
  const entriesByNumber = new Map(ranking.map((entry) => [entry.memory_no, entry]))
  const placedNumbers = new Set<number>()
  const orderedEntries: T[] = []
  const placeEntry = (entry: T, minScore: number) => {
    if (placedNumbers.has(entry.memory_no)) return
    // Marked before the successors are placed, so that a circle of links ends.
    placedNumbers.add(entry.memory_no)
    const newScore = Math.max(entry.score, minScore)
    for (const successorNumber of successors.get(entry.memory_no) ?? []) {
      const successor = entriesByNumber.get(successorNumber)
      if (successor) placeEntry(successor, newScore)
    }
    orderedEntries.push({ ...entry, score: newScore })
  }
  for (const entry of ranking) placeEntry(entry, 0)
  return orderedEntries
}
