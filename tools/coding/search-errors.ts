import { type Static, Type } from 'typebox'
import {
  listErrorFingerprints,
  listSimilarErrors,
  type ReportedError
} from '../../db/coding/errors.ts'
import type { Db } from '../../db/connection/connect.ts'
import { cutToBudget } from '../../lib/answer-size.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import { tool } from '../tool.ts'
import { placeOf } from '../../domain/coding/evidence.ts'
import { clipped, closed, counted, inLine, Project, Text } from '../../domain/coding/fields.ts'
import { fingerprintsIn, messagesIn } from '../../domain/coding/fingerprint.ts'

/** Occurrences that are read of all errors found. */
const MAX_OCCURRENCES = 1000
/** Memories that the search by words looks at. */
const FOUND_BY_WORDS = 100
/** What an error must score of what the best one does. */
const MIN_SHARE = 0.3
/** What all errors of an answer may cost together, and one alone: see textCost. */
const BUDGET = 50_000
const LONGEST = 9000
/** Solutions that are shown beside the newest one. */
const OTHERS = 2

const Found = Type.Object(
  {
    matched: Type.String(),
    solution: Type.Optional(Type.String()),
    other_solutions: Type.Optional(Type.Array(Type.String())),
    error_type: Type.String(),
    message: Type.String(),
    place: Type.Optional(Type.String()),
    occurrences: Type.Integer(),
    projects: Type.Array(Type.String()),
    last_at: Type.String(),
    error_id: Type.String()
  },
  closed
)
type FoundError = Static<typeof Found>

export const searchErrors = tool({
  name: 'coding_search_errors',
  title: 'Search earlier errors',
  description:
    'Finds errors met before in any project, with what solved them: first the same error, at whatever line or path, then similar ones. Ask it before you debug.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      project_id: { ...Project, description: 'Its errors come first.' },
      query: Text('Message, stack or words.', 20_000),
      k: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 50, default: 5, description: 'Errors at most.' })
      )
    },
    closed
  ),
  output: Type.Object({ results: Type.Array(Found) }, closed),
  async run({ project_id: project, query, k = 5 }, { db, principal }) {
    const same = fingerprintsIn(query)
    const words = await foundByWords(db, principal.user_id, query)
    const errors = await listSimilarErrors(
      db,
      principal.user_id,
      [...new Set([...same, ...words])],
      MAX_OCCURRENCES
    )
    const kinds = byFingerprint(errors).map(([print, all]) => {
      const isSame = same.includes(print)
      const unsolved = all.every(({ solution }) => solution === null)
      const elsewhere = all.every((error) => error.project_id !== project)
      return {
        all,
        isSame,
        order: isSame ? [0, Number(unsolved), Number(elsewhere)] : [1, words.indexOf(print)]
      }
    })
    const best = kinds.sort((a, b) => compare(a.order, b.order)).slice(0, k)
    return {
      results: best.map(({ all, isSame }) =>
        answered(all, project, isSame, Math.min(LONGEST, Math.floor(BUDGET / best.length)))
      )
    }
  },
  text({ results }) {
    if (results.length === 0) {
      return 'No similar error has been recorded. When this one is solved, record it with its solution: coding_record_error.'
    }
    return [`${counted(results.length, 'error')} found.`, ...results.map(shown)].join('\n\n')
  }
})

/** The errors of each kind, in order. */
function byFingerprint(errors: ReportedError[]): Array<[string, ReportedError[]]> {
  const kinds = new Map<string, ReportedError[]>()
  for (const error of errors) {
    const kind = kinds.get(error.fingerprint)
    if (kind) kind.push(error)
    else kinds.set(error.fingerprint, [error])
  }
  return [...kinds]
}

function compare(a: number[], b: number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at === -1 ? 0 : a[at]! - b[at]!
}

/**
 * The fingerprints of the errors that say what is asked, best first; not of those that only stand
 * beside one.
 */
async function foundByWords(db: Db, userId: string, query: string): Promise<string[]> {
  const { rows } = await findMemories(db, userId, {
    query: clipped(messagesIn(query).join('\n'), 2000),
    type: 'coding_error',
    limit: FOUND_BY_WORDS,
    valueLimit: 1
  })
  const best = rows[0]?.score ?? 0
  const ids = rows
    .filter(
      ({ words, isSelective, score }) =>
        words.length > 0 && isSelective && score >= best * MIN_SHARE
    )
    .map(({ memory_id: id }) => id)
  const prints = new Map(
    (await listErrorFingerprints(db, userId, ids)).map((row) => [row.memory_id, row.fingerprint])
  )
  return [...new Set(ids.flatMap((id) => prints.get(id) ?? []))]
}

/**
 * All occurrences of an error as one, told by the newest; those of the asked project count before
 * others.
 */
function answered(
  all: ReportedError[],
  project: string,
  isSame: boolean,
  budget: number
): FoundError {
  const ordered = [
    ...all.filter((error) => error.project_id === project),
    ...all.filter((error) => error.project_id !== project)
  ]
  const [newest] = ordered
  const [solution, ...others] = [...new Set(ordered.flatMap((error) => error.solution ?? []))]
  const place = placeOf(newest!)
  return {
    matched: isSame ? 'same' : 'similar',
    ...(solution !== undefined && { solution: short(solution, budget / 2) }),
    ...(others.length > 0 && {
      other_solutions: others.slice(0, OTHERS).map((text) => short(text, budget / 8))
    }),
    error_type: newest!.error_type,
    message: short(clipped(newest!.message, 500), budget / 4),
    ...(place && { place }),
    occurrences: all.length,
    projects: [...new Set(ordered.map((error) => error.project_id))].slice(0, 10),
    last_at: all[0]!.created_at.toISOString(),
    error_id: newest!.error_id
  }
}

/** The beginning of a text that costs no more than `budget`, marked when something is missing. */
function short(text: string, budget: number): string {
  const part = cutToBudget(text, budget)
  return part.length < text.length ? `${part}…` : part
}

function shown(found: FoundError, i: number): string {
  const {
    matched,
    solution,
    other_solutions: others = [],
    error_type: type,
    message,
    place,
    occurrences,
    projects,
    last_at: last,
    error_id: id
  } = found
  return [
    `${i + 1}. ${matched === 'same' ? 'The same error' : 'A similar error'}${solution === undefined ? ', not solved yet' : ''}`,
    ...(solution === undefined ? [] : [`Solution: ${solution}`]),
    ...others.map((one) => `Another solution: ${one}`),
    `${type}: ${inLine(message, 300)}`,
    `${place ? `At ${place}, ` : ''}in ${projects.join(', ')}; ${occurrences === 1 ? 'once' : `${occurrences} times`}, last on ${last.slice(0, 10)} (${id})`
  ].join('\n')
}
