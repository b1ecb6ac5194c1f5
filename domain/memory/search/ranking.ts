/**
 * Shares that a memory gains from its session: per neighbour, once for each step away, and from the
 * session as a whole. Chosen on one half of LoCoMo's conversations. Results stay within a hundredth
 * from 0.4 to 0.6 and from 0.5 to 1.5 (npm run bench -- recall).
 */
const NEIGHBOUR_SHARE = 0.5
const SESSION_WEIGHT = 1
/** Full importance raises a score by this share; no importance lowers it as much. */
const IMPORTANCE_WEIGHT = 0.05

export interface MemoryStanding {
  memory_no: number
  importance: number
  updated_at: number
}

export interface RankingCandidate {
  memory_no: number
  /** Score of its own words. */
  score: number
  /** Score of its session as one document. A memory without a session repeats its own. */
  session_score: number
}

export interface RankingContext {
  standing: readonly MemoryStanding[]
  neighbours: ReadonlyArray<{ memory_no: number; neighbour: MemoryStanding; distance: number }>
}

export type SearchArm = 'words' | 'session' | 'meaning'
export interface RankedMemory {
  memory_no: number
  score: number
  arms: SearchArm[]
}
/** Switches the parts of the ranking on and off. */
export interface ActiveArms {
  neighbours: boolean
  session: boolean
  importance: boolean
  meaning: boolean
}
export const allArms: ActiveArms = {
  neighbours: true,
  session: true,
  importance: true,
  meaning: true
}

/**
 * Ranks memories, best first. A score combines the words of the memory, of its session neighbours
 * and of the whole session. Ties go by the last change, then by arrival, the latest first. Memories
 * without a standing are left out.
 */
export function rankMemories(
  candidates: readonly RankingCandidate[],
  { standing, neighbours }: RankingContext,
  arms: ActiveArms = allArms
): RankedMemory[] {
  const candidateByNo = new Map(candidates.map((candidate) => [candidate.memory_no, candidate]))
  const usedNeighbours = arms.neighbours ? neighbours : []
  const sessionGains = gainsFromNeighbours(candidateByNo, usedNeighbours)
  const standingByNo = new Map(
    [...standing, ...usedNeighbours.map(({ neighbour }) => neighbour)]
      .toReversed() // the first standing of a memory wins
      .map((memoryStanding) => [memoryStanding.memory_no, memoryStanding])
  )
  return [...standingByNo.values()]
    .map((memoryStanding) => ({
      ...scoreMemory(memoryStanding, candidateByNo, sessionGains, arms),
      updatedAt: memoryStanding.updated_at
    }))
    .filter(({ score, arms: matchedArms }) => score > 0 && matchedArms.length > 0)
    .sort((a, b) => b.score - a.score || b.updatedAt - a.updatedAt || b.memory_no - a.memory_no)
    .map(({ updatedAt, ...ranked }) => ranked)
}

/** What memories gain from their session, by memory_no. */
interface SessionGains {
  neighbourScores: Map<number, number>
  /** Scores of the sessions of memories that are no candidates themselves. */
  sessionScores: Map<number, number>
}

/** Adds a share of each candidate's score to its neighbours, once for each pair. */
function gainsFromNeighbours(
  candidateByNo: ReadonlyMap<number, RankingCandidate>,
  neighbours: RankingContext['neighbours']
): SessionGains {
  const neighbourScores = new Map<number, number>()
  const sessionScores = new Map<number, number>()
  const countedPairs = new Set<string>()
  const addNeighbourScore = (memoryNo: number, source: RankingCandidate, distance: number) => {
    const pairKey = `${memoryNo} ${source.memory_no}`
    if (countedPairs.has(pairKey)) return
    countedPairs.add(pairKey)
    neighbourScores.set(
      memoryNo,
      (neighbourScores.get(memoryNo) ?? 0) + source.score * NEIGHBOUR_SHARE ** distance
    )
    if (!candidateByNo.has(memoryNo)) sessionScores.set(memoryNo, source.session_score)
  }
  for (const { memory_no: memoryNo, neighbour, distance } of neighbours) {
    const memory = candidateByNo.get(memoryNo)
    const neighbourCandidate = candidateByNo.get(neighbour.memory_no)
    if (memory) addNeighbourScore(neighbour.memory_no, memory, distance)
    if (neighbourCandidate) addNeighbourScore(memoryNo, neighbourCandidate, distance)
  }
  return { neighbourScores, sessionScores }
}

function scoreMemory(
  { memory_no: memoryNo, importance }: MemoryStanding,
  candidateByNo: ReadonlyMap<number, RankingCandidate>,
  { neighbourScores, sessionScores }: SessionGains,
  arms: ActiveArms
): RankedMemory {
  const candidate = candidateByNo.get(memoryNo)
  const neighbourScore = neighbourScores.get(memoryNo) ?? 0
  const sessionScore = arms.session
    ? SESSION_WEIGHT * (candidate?.session_score ?? sessionScores.get(memoryNo) ?? 0)
    : 0
  const importanceFactor = arms.importance ? 1 + IMPORTANCE_WEIGHT * (2 * importance - 1) : 1
  const score = ((candidate?.score ?? 0) + neighbourScore + sessionScore) * importanceFactor
  const matchedArms: SearchArm[] = [
    ...(candidate ? ['words' as const] : []),
    ...(neighbourScore > 0 ? ['session' as const] : [])
  ]
  return { memory_no: memoryNo, score: Number(score.toFixed(6)), arms: matchedArms }
}
