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
  const { filter } = await resolveFilter(context, request)
  const overview = await overviewFor(context, request, filter)
  if (overview.length > 0) return { kind: 'overview', memories: overview }
  const { rows, mode } = await rank(context, request, filter)
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
  const { filter, span } = await resolveFilter(context, request)
  const overview = await overviewFor(context, request, filter)
  if (overview.length > 0) {
    const overviewNote = await overviewReason(db, principal.user_id, overview.length)
    const overviewNotes = [overviewNote, spanNote(span)].filter(Boolean)
    return { kind: 'overview', memories: overview, notes: overviewNotes }
  }
  const finding = await rank(context, request, filter)
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

/** The filter of a request, with its time words as a span. Throws ToolError. */
async function resolveFilter(
  { db, principal }: SearchContext,
  { query: _query, when, timezone, limit: _limit, valueLimit: _valueLimit, ...rest }: SearchRequest
) {
  const span = await resolveTimeWords(db, principal.user_id, 'when', when, timezone)
  const filter: SearchFilter = { ...rest, from: span?.from, until: span?.until }
  return { filter, span }
}

async function overviewFor(
  { db, principal }: SearchContext,
  { query, limit }: SearchRequest,
  filter: SearchFilter
): Promise<OverviewMemory[]> {
  return asksForOverview(query) ? listOverview(db, principal.user_id, { limit, filter }) : []
}

function rank(
  { db, principal, embedder, signal }: SearchContext,
  { query, limit, valueLimit }: SearchRequest,
  filter: SearchFilter
): Promise<SearchFinding> {
  return findMemories(db, principal.user_id, {
    query,
    ...filter,
    limit,
    valueLimit,
    embedder,
    signal
  })
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
