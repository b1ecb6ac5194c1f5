import type { SearchFilter } from '../../../db/memory/filter.ts'
import type { CallContext } from '../../context.ts'
import { explainEmptySearch } from '../empty-answer.ts'
import { similarNamespaceHint } from '../namespaces.ts'
import { asksForOverview, listOverview, type OverviewMemory, overviewReason } from '../overview.ts'
import type { TruthMarks } from '../truth.ts'
import { spanNote, resolveTimeWords } from '../when.ts'
import { findMemories, type SearchFinding } from './find.ts'

export type SearchContext = Pick<CallContext, 'db' | 'principal' | 'embedder' | 'signal'>

export interface SearchRequest extends Omit<SearchFilter, 'from' | 'until'> {
  query: string
  /** Time words, such as "last week". */
  when?: string | undefined
  timezone?: string | undefined
  limit: number
  /** Characters of each value to read. */
  valueLimit: number
}

export type FoundMemory = SearchFinding['rows'][number]

/** A question for everything gets an overview of what is stored; any other gets a ranking. */
export type SearchOutcome =
  | { kind: 'overview'; memories: Array<OverviewMemory & TruthMarks> }
  | { kind: 'ranking'; memories: FoundMemory[]; mode: SearchFinding['mode'] }

/** Answers a question with the memories that fit best, best first. Throws ToolError. */
export async function searchMemories(
  context: SearchContext,
  request: SearchRequest
): Promise<SearchOutcome> {
  const overview = await overviewFor(context, request)
  if (overview.length > 0) return { kind: 'overview', memories: overview }
  const { rows, mode } = (await rank(context, request)).finding
  return { kind: 'ranking', memories: rows, mode }
}

/**
 * The same with `notes`: sentences about what was searched, and why nothing was found. They cost
 * further queries. Throws ToolError.
 */
export async function searchWithNotes(
  context: SearchContext,
  request: SearchRequest
): Promise<SearchOutcome & { notes: string[] }> {
  const { db, principal } = context
  const overview = await overviewFor(context, request)
  if (overview.length > 0) {
    const note = await overviewReason(db, principal.user_id, overview.length)
    return { kind: 'overview', memories: overview, notes: [note] }
  }
  const { finding, filter, span } = await rank(context, request)
  const namespaceHint =
    filter.agent_name === undefined
      ? ''
      : await similarNamespaceHint(db, principal.user_id, filter.agent_name)
  const notes = [
    finding.missing === undefined ? '' : `Searched by words alone: ${finding.missing}.`,
    spanNote(span),
    namespaceHint,
    await emptyReason(context, request, { finding, filter })
  ].filter(Boolean)
  return { kind: 'ranking', memories: finding.rows, mode: finding.mode, notes }
}

async function overviewFor(
  { db, principal }: SearchContext,
  { query, limit, agent_name: agentName }: SearchRequest
): Promise<OverviewMemory[]> {
  return asksForOverview(query) ? listOverview(db, principal.user_id, { limit, agentName }) : []
}

async function rank(
  { db, principal: { user_id: userId }, embedder, signal }: SearchContext,
  { query, when, timezone, limit, valueLimit, ...rest }: SearchRequest
) {
  const span = await resolveTimeWords(db, userId, 'when', when, timezone)
  const filter = { ...rest, from: span?.from, until: span?.until }
  const finding = await findMemories(db, userId, {
    query,
    ...filter,
    limit,
    valueLimit,
    embedder,
    signal
  })
  return { finding, filter, span }
}

/** Why the search found nothing; empty when it found something. */
async function emptyReason(
  { db, principal }: SearchContext,
  { query, when }: SearchRequest,
  { finding, filter }: { finding: SearchFinding; filter: SearchFilter }
): Promise<string> {
  if (!finding.hasQueryWords) {
    return (
      'The query has no words to search for. Use words that the memory may contain, ' +
      'or list by tags, type or time with memory_list.'
    )
  }
  if (finding.rows.length > 0) return ''
  return explainEmptySearch(db, principal.user_id, { query, filter, when })
}
