/**
 * What a memory takes from those next to it in its session, once for each step away, and from the
 * session as a whole. Chosen on one half of LoCoMo's conversations, the same within a hundredth
 * from 0.4 to 0.6 and from 0.5 to 1.5 (npm run bench -- recall).
 */
const NEIGHBOUR = 0.5
const SESSION = 1
/** What full importance adds to a score, and none takes away. */
const IMPORTANCE = 0.05

export interface Standing {
  memory_no: number
  importance: number
  updated_at: number
}

export interface Candidate {
  memory_no: number
  /** Its own words. */
  score: number
  /** Its session's as one document, or its own again. */
  session_score: number
}

export interface Context {
  standing: readonly Standing[]
  neighbours: ReadonlyArray<{ memory_no: number; neighbour: Standing; distance: number }>
}

export type Arm = 'words' | 'session' | 'meaning'
export interface Ranked {
  memory_no: number
  score: number
  arms: Arm[]
}
/** Which parts of the ranking are in force. */
export interface Arms {
  neighbours: boolean
  session: boolean
  importance: boolean
  meaning: boolean
}
export const allArms: Arms = { neighbours: true, session: true, importance: true, meaning: true }

/**
 * Best first: the words of a memory, of those next to it in its session and of the session as a
 * whole, in one score. Equal ones by their last change, then by arrival, the last first. Only
 * memories whose standing is known are ranked.
 */
export function rank(
  candidates: readonly Candidate[],
  { standing, neighbours }: Context,
  arms: Arms = allArms
): Ranked[] {
  const found = new Map(candidates.map((candidate) => [candidate.memory_no, candidate]))
  const facts = new Map(standing.map((one) => [one.memory_no, one]))
  const given = new Map<number, number>()
  const sessions = new Map<number, number>()
  const pairs = new Set<string>()
  const give = (to: number, by: Candidate, distance: number) => {
    const pair = `${to} ${by.memory_no}`
    if (pairs.has(pair)) return
    pairs.add(pair)
    given.set(to, (given.get(to) ?? 0) + by.score * NEIGHBOUR ** distance)
    if (!found.has(to)) sessions.set(to, by.session_score)
  }
  for (const { memory_no: no, neighbour, distance } of arms.neighbours ? neighbours : []) {
    const [one, other] = [found.get(no), found.get(neighbour.memory_no)]
    if (one) give(neighbour.memory_no, one, distance)
    if (other) give(no, other, distance)
    if (!facts.has(neighbour.memory_no)) facts.set(neighbour.memory_no, neighbour)
  }

  const scored = [...facts.values()].map(({ memory_no: no, importance, updated_at: updatedAt }) => {
    const own = found.get(no)
    const near = given.get(no) ?? 0
    const session = arms.session ? SESSION * (own?.session_score ?? sessions.get(no) ?? 0) : 0
    const weight = arms.importance ? 1 + IMPORTANCE * (2 * importance - 1) : 1
    const from: Arm[] = [
      ...(own ? ['words' as const] : []),
      ...(near > 0 ? ['session' as const] : [])
    ]
    return {
      memory_no: no,
      score: Number((((own?.score ?? 0) + near + session) * weight).toFixed(6)),
      arms: from,
      updatedAt
    }
  })
  return scored
    .filter(({ score, arms: from }) => score > 0 && from.length > 0)
    .sort((a, b) => b.score - a.score || b.updatedAt - a.updatedAt || b.memory_no - a.memory_no)
    .map(({ updatedAt, ...ranked }) => ranked)
}
