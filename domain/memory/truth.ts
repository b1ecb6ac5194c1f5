import type { Db } from '../../db/connection/connect.ts'
import { listTruthLinks, type TruthLink } from '../../db/memory/relations.ts'

/**
 * What else is known about the truth of a memory: the keys of others, with the namespace where it
 * differs.
 */
export interface TruthMarks {
  superseded_by?: string
  contradicts?: string[]
}

/** The marks of each of the given memories that has any, by its id. */
export async function findTruthMarks(
  db: Db,
  userId: string,
  memoryIds: readonly string[]
): Promise<Map<string, TruthMarks>> {
  return truthMarksByMemory(await listTruthLinks(db, userId, { ids: memoryIds }))
}

/** The marks of one memory. */
export async function findTruthMarksOfMemory(
  db: Db,
  userId: string,
  memoryId: string
): Promise<TruthMarks> {
  return (await findTruthMarks(db, userId, [memoryId])).get(memoryId) ?? {}
}

/** The marks of the memories that the links were looked up for, by id. */
export function truthMarksByMemory(links: readonly TruthLink[]): Map<string, TruthMarks> {
  const marks = new Map<string, TruthMarks>()
  for (const { type, memory_id: id, memory_namespace: here, key, agent_name: namespace } of links) {
    const name = namespace === here ? key : `${key} [${namespace}]`
    const mark = marks.get(id) ?? {}
    if (type === 'supersedes') mark.superseded_by ??= name
    else if (!mark.contradicts?.includes(name)) {
      mark.contradicts = [...(mark.contradicts ?? []), name]
    }
    marks.set(id, mark)
  }
  return marks
}

/** Which memories supersede each, by number. */
export function successorsOf(links: readonly TruthLink[]): Map<number, number[]> {
  const successors = new Map<number, number[]>()
  for (const { type, memory_no: no, by_memory_no: by } of links) {
    if (type === 'supersedes') successors.set(no, [...(successors.get(no) ?? []), by])
  }
  return successors
}

/** The marks as people read them, empty without any. */
export function truthText({ superseded_by: successor, contradicts = [] }: TruthMarks): string {
  return [
    ...(successor === undefined ? [] : [`superseded by ${successor}`]),
    ...(contradicts.length === 0 ? [] : [`contradicts ${contradicts.join(', ')}`])
  ].join('; ')
}

/**
 * The ranking with every superseded memory below what supersedes it: a successor that is ranked too
 * moves up to just before the memory that it replaces, and takes its score if that is higher.
 * Everything else keeps its order.
 */
export function successorsFirst<T extends { memory_no: number; score: number }>(
  ranking: readonly T[],
  successors: ReadonlyMap<number, readonly number[]>
): T[] {
  if (successors.size === 0) return [...ranking]
  const byNumber = new Map(ranking.map((entry) => [entry.memory_no, entry]))
  const done = new Set<number>()
  const ordered: T[] = []
  const place = (entry: T, atLeast: number) => {
    if (done.has(entry.memory_no)) return
    done.add(entry.memory_no) // before its successors: a circle of links ends here
    const score = Math.max(entry.score, atLeast)
    for (const number of successors.get(entry.memory_no) ?? []) {
      const successor = byNumber.get(number)
      if (successor) place(successor, score)
    }
    ordered.push({ ...entry, score })
  }
  for (const entry of ranking) place(entry, 0)
  return ordered
}
