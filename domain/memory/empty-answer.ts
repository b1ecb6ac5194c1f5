import type { Db } from '../../db/connection/connect.ts'
import type { SearchFilter } from '../../db/memory/filter.ts'
import { countNamespaces, listNamespaces } from '../../db/memory/stored-names.ts'
import { findMemories } from './search/find.ts'

/** Limits: namespaces listed, and memories counted in each. */
const MAX_NAMESPACES = 10
const MAX_COUNTED = 1000
/** Hits that a search without a filter looks for. */
const HIT_LIMIT = 3

interface NamedFilter {
  /** The argument as the caller knows it. */
  argumentName: string
  /** The filter in words: `tag "home"`. */
  description: string
  /** All filters but this one. */
  otherFilters: SearchFilter
}

/**
 * Explains an empty search result: which filter excludes everything, what the search finds without
 * it, what is stored, and what to try next.
 * @param when the words of the time filter, as the caller sent them
 */
export async function explainEmptySearch(
  db: Db,
  userId: string,
  { query, filter, when }: { query: string; filter: SearchFilter; when?: string | undefined }
): Promise<string> {
  const searchWith = async (searchFilter: SearchFilter) =>
    (await findMemories(db, userId, { query, ...searchFilter, limit: HIT_LIMIT, valueLimit: 1 }))
      .rows
  const namedFilters = namedFiltersOf(filter, when)
  const unfilteredHits = await searchWith({})
  const storedText = await describeStored(db, userId)
  if (unfilteredHits.length === 0) {
    const filterNote = namedFilters.length === 0 ? '' : ' in any namespace, with or without filters'
    return (
      `No memory contains any of these words${filterNote}. ${storedText} ` +
      'Try other words, or see what there is with memory_list.'
    )
  }
  const filterDescriptions = namedFilters.map(({ description }) => description).join(' and ')
  const failureText = `Nothing matches with ${filterDescriptions}.`
  for (const { argumentName, otherFilters } of namedFilters) {
    const hits = namedFilters.length === 1 ? unfilteredHits : await searchWith(otherFilters)
    if (hits.length > 0) {
      return `${failureText} Without ${argumentName} there ${hitSummary(hits)}. ${storedText}`
    }
  }
  return `${failureText} Without these filters there ${hitSummary(unfilteredHits)}. ${storedText}`
}

/** Explains an empty list, which has filters but no query. */
export async function explainEmptyList(
  db: Db,
  userId: string,
  { filter, when }: { filter: SearchFilter; when?: string | undefined }
): Promise<string> {
  const namedFilters = namedFiltersOf(filter, when)
  const storedText = await describeStored(db, userId)
  if (namedFilters.length === 0) return storedText
  const filterDescriptions = namedFilters.map(({ description }) => description).join(' and ')
  return `Nothing matches ${filterDescriptions}. ${storedText}`
}

/** The end of a sentence that begins with "there". */
function hitSummary(hits: ReadonlyArray<{ key: string; agent_name: string }>): string {
  const [bestHit] = hits
  const countText = hits.length >= HIT_LIMIT ? `${HIT_LIMIT} or more` : `${hits.length}`
  const verb = hits.length === 1 ? 'is' : 'are'
  return (
    `${verb} ${countText}, the best is "${bestHit!.key}" ` + `in namespace "${bestHit!.agent_name}"`
  )
}

function namedFiltersOf(filter: SearchFilter, when: string | undefined): NamedFilter[] {
  const { agent_name: namespace, tags = [], type, min_importance: minImportance } = filter
  const allBut = (...names: Array<keyof SearchFilter>): SearchFilter =>
    Object.fromEntries(
      Object.entries(filter).filter(([name]) => !names.includes(name as keyof SearchFilter))
    )
  const namedFilters: NamedFilter[] = []
  const addFilter = (argumentName: string, description: string, otherFilters: SearchFilter) =>
    namedFilters.push({ argumentName, description, otherFilters })
  if (namespace !== undefined) {
    addFilter('agent_name', `namespace "${namespace}"`, allBut('agent_name'))
  }
  if (tags.length > 0) {
    const conjunction = filter.tag_match === 'any' ? ' or ' : ' and '
    const tagNames = tags.map((tag) => `"${tag}"`).join(conjunction)
    const tagLabel = tags.length === 1 ? 'tag' : 'tags'
    addFilter('tags', `${tagLabel} ${tagNames}`, allBut('tags', 'tag_match'))
  }
  if (type !== undefined) addFilter('type', `type "${type}"`, allBut('type'))
  if (filter.from || filter.until) {
    addFilter('the time', `time "${when ?? ''}"`, allBut('from', 'until'))
  }
  if (minImportance !== undefined) {
    addFilter('min_importance', `importance from ${minImportance}`, allBut('min_importance'))
  }
  return namedFilters
}

/** Describes how many memories each namespace holds. */
export async function describeStored(db: Db, userId: string): Promise<string> {
  const namespaces = await listNamespaces(db, userId, MAX_NAMESPACES + 1)
  const listedNames = namespaces.slice(0, MAX_NAMESPACES)
  const memoryCounts = await countNamespaces(db, userId, listedNames, MAX_COUNTED)
  const filledNamespaces = [...memoryCounts]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  if (filledNamespaces.length === 0) {
    return 'Nothing is stored yet: store a fact with memory_store.'
  }
  const namespaceTexts = filledNamespaces
    .map(([name, count]) => `"${name}" ${count}${count === MAX_COUNTED ? ' or more' : ''}`)
    .join(', ')
  const omission = namespaces.length > MAX_NAMESPACES ? ' and others' : ''
  return `Stored by namespace: ${namespaceTexts}${omission}.`
}
