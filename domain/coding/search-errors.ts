import {
  listErrorFingerprints,
  listSimilarErrors,
  type ReportedError
} from '../../db/coding/errors.ts'
import type { Db } from '../../db/connection/connect.ts'
import { cutToBudget } from '../../lib/answer-size.ts'
import type { CallContext } from '../context.ts'
import { findMemories } from '../memory/search/find.ts'
import { isOpen } from './evidence.ts'
import { errorPlace } from './evidence-lines.ts'
import { fingerprintsIn, messagesIn } from './fingerprint.ts'
import { clipText } from './text.ts'

const DEFAULT_RESULTS = 5
/** Occurrences of all matching errors that are read. */
const MAX_OCCURRENCES = 1000
/** Characters of a query that are searched by words. */
const MAX_QUERY_LENGTH = 2000
/** Memories that the search by words reads. */
const MAX_MEMORIES = 100
/** The score that a match by words needs, as a share of the best score. */
const MIN_SCORE_SHARE = 0.3
/** What all errors of an answer may cost together, and one alone: see textCost. */
const ANSWER_BUDGET = 50_000
const ERROR_BUDGET = 9000
/** Solutions that are shown beside the newest one. */
const MAX_OTHER_SOLUTIONS = 2
const MAX_PROJECTS = 10

/** An error that was met before: all its occurrences as one. */
export interface ErrorMatch {
  matched: 'same' | 'similar'
  /** The newest solution. */
  solution?: string
  other_solutions?: string[]
  error_type: string
  message: string
  /** `file:line`. */
  place?: string
  occurrences: number
  projects: string[]
  /** ISO 8601. */
  last_at: string
  error_id: string
}

/**
 * Finds errors that were met before in any project. First the same errors: the solved ones, and
 * those of the project, before others. Then similar ones by their words. At most `k` (default 5).
 */
export async function searchErrors(
  { db, principal }: CallContext,
  {
    project_id: projectId,
    query,
    k = DEFAULT_RESULTS
  }: {
    project_id: string
    query: string
    k?: number
  }
): Promise<ErrorMatch[]> {
  const sameFingerprints = fingerprintsIn(query)
  const similarFingerprints = await searchFingerprints(db, principal.user_id, query)
  const foundErrors = await listSimilarErrors(
    db,
    principal.user_id,
    [...new Set([...sameFingerprints, ...similarFingerprints])],
    MAX_OCCURRENCES
  )
  const errorGroups = groupByFingerprint(foundErrors).map(([fingerprint, occurrences]) => {
    const isSame = sameFingerprints.includes(fingerprint)
    const isUnsolved = occurrences.every(isOpen)
    const isElsewhere = occurrences.every((error) => error.project_id !== projectId)
    const sortKey = isSame
      ? [0, Number(isUnsolved), Number(isElsewhere)]
      : [1, similarFingerprints.indexOf(fingerprint)]
    return { occurrences, isSame, sortKey }
  })
  const bestGroups = errorGroups.sort((a, b) => compareSortKeys(a.sortKey, b.sortKey)).slice(0, k)
  const errorBudget = Math.min(ERROR_BUDGET, Math.floor(ANSWER_BUDGET / bestGroups.length))
  return bestGroups.map(({ occurrences, isSame }) => ({
    matched: isSame ? 'same' : 'similar',
    ...describeOccurrences(occurrences, projectId, errorBudget)
  }))
}

/** The errors of each fingerprint, in the order in which the fingerprints first occur. */
function groupByFingerprint(errors: ReportedError[]): Array<[string, ReportedError[]]> {
  const groups = new Map<string, ReportedError[]>()
  for (const error of errors) {
    const occurrences = groups.get(error.fingerprint)
    if (occurrences) occurrences.push(error)
    else groups.set(error.fingerprint, [error])
  }
  return [...groups]
}

function compareSortKeys(firstKey: number[], secondKey: number[]): number {
  const differingIndex = firstKey.findIndex((value, i) => value !== secondKey[i])
  return differingIndex === -1 ? 0 : firstKey[differingIndex]! - secondKey[differingIndex]!
}

/**
 * The fingerprints of errors that contain words of the query, best first. Errors that only stand
 * beside a match, and matches of stop words alone, do not count.
 */
async function searchFingerprints(db: Db, userId: string, query: string): Promise<string[]> {
  const { rows } = await findMemories(db, userId, {
    query: clipText(messagesIn(query).join('\n'), MAX_QUERY_LENGTH),
    type: 'coding_error',
    limit: MAX_MEMORIES,
    valueLimit: 1
  })
  const bestScore = rows[0]?.score ?? 0
  const memoryIds = rows
    .filter(
      ({ words, isSelective, score }) =>
        words.length > 0 && isSelective && score >= bestScore * MIN_SCORE_SHARE
    )
    .map((row) => row.memory_id)
  const fingerprintRows = await listErrorFingerprints(db, userId, memoryIds)
  const fingerprints = new Map(fingerprintRows.map((row) => [row.memory_id, row.fingerprint]))
  return [...new Set(memoryIds.flatMap((memoryId) => fingerprints.get(memoryId) ?? []))]
}

/**
 * All occurrences of an error as one, described by the newest; those of the project count before
 * others. Expects the newest first.
 */
function describeOccurrences(
  occurrences: ReportedError[],
  projectId: string,
  budget: number
): Omit<ErrorMatch, 'matched'> {
  const projectFirst = [
    ...occurrences.filter((error) => error.project_id === projectId),
    ...occurrences.filter((error) => error.project_id !== projectId)
  ]
  const newestError = projectFirst[0]!
  const solutions = [...new Set(projectFirst.flatMap((error) => error.solution ?? []))]
  const [solution, ...otherSolutions] = solutions
  const errorLocation = errorPlace(newestError)
  return {
    ...(solution !== undefined && { solution: clipToBudget(solution, budget / 2) }),
    ...(otherSolutions.length > 0 && {
      other_solutions: otherSolutions
        .slice(0, MAX_OTHER_SOLUTIONS)
        .map((text) => clipToBudget(text, budget / 8))
    }),
    error_type: newestError.error_type,
    message: clipToBudget(clipText(newestError.message, 500), budget / 4),
    ...(errorLocation && { place: errorLocation }),
    occurrences: occurrences.length,
    projects: [...new Set(projectFirst.map((error) => error.project_id))].slice(0, MAX_PROJECTS),
    last_at: occurrences[0]!.created_at.toISOString(),
    error_id: newestError.error_id
  }
}

/** The beginning of a text that costs at most `budget` (see textCost), marked when it is cut. */
function clipToBudget(text: string, budget: number): string {
  const beginning = cutToBudget(text, budget)
  return beginning.length < text.length ? `${beginning}…` : beginning
}
