import type { Db } from '../../db/connection/connect.ts'
import type { SearchFilter } from '../../db/memory/filter.ts'
import { countNamespaces, listNamespaces } from '../../db/memory/stored-names.ts'
import { findMemories } from './search/find.ts'

/** Namespaces that are named, and memories that are counted in each. */
const MAX_NAMESPACES = 10
const MAX_COUNTED = 1000
/** Hits that a search without a filter looks for. */
const HITS = 3

/** The filters of a search, by what the person called them. */
interface NamedFilter {
  name: string
  said: string
  rest: SearchFilter
}

/**
 * Why a search found nothing: what was searched, which filter left everything out, what is nearest,
 * and how to go on.
 * @param when the words of the time filter, as they were sent
 */
export async function explainEmptySearch(
  db: Db,
  userId: string,
  { query, filter, when }: { query: string; filter: SearchFilter; when?: string | undefined }
): Promise<string> {
  const search = async (rest: SearchFilter) =>
    (await findMemories(db, userId, { query, ...rest, limit: HITS, valueLimit: 1 })).rows
  const filters = namedFilters(filter, when)
  const everything = await search({})
  const stored = await describeStored(db, userId)
  if (everything.length === 0) {
    const where = filters.length === 0 ? '' : ' in any namespace, with or without filters'
    return `No memory contains any of these words${where}. ${stored} Try other words, or see what there is with memory_list.`
  }
  const searched = `Nothing matches with ${filters.map(({ said }) => said).join(' and ')}.`
  for (const { name, rest } of filters) {
    const hits = filters.length === 1 ? everything : await search(rest)
    if (hits.length > 0) return `${searched} Without ${name} there ${found(hits)}. ${stored}`
  }
  return `${searched} Without these filters there ${found(everything)}. ${stored}`
}

/** Why a list is empty: the same for a list that is filtered and not searched. */
export async function explainEmptyList(
  db: Db,
  userId: string,
  { filter, when }: { filter: SearchFilter; when?: string | undefined }
): Promise<string> {
  const filters = namedFilters(filter, when)
  const stored = await describeStored(db, userId)
  return filters.length === 0
    ? stored
    : `Nothing matches ${filters.map(({ said }) => said).join(' and ')}. ${stored}`
}

function found(hits: ReadonlyArray<{ key: string; agent_name: string }>): string {
  const [first] = hits
  const count =
    hits.length >= HITS ? `are ${HITS} or more` : hits.length === 1 ? 'is 1' : `are ${hits.length}`
  return `${count}, the best is "${first!.key}" in namespace "${first!.agent_name}"`
}

function namedFilters(filter: SearchFilter, when: string | undefined): NamedFilter[] {
  const {
    agent_name: namespace,
    tags = [],
    tag_match: match,
    type,
    from,
    until,
    min_importance: least
  } = filter
  const without = (...names: Array<keyof SearchFilter>): SearchFilter =>
    Object.fromEntries(
      Object.entries(filter).filter(([name]) => !names.includes(name as keyof SearchFilter))
    )
  const tagNames = tags.map((tag) => `"${tag}"`).join(match === 'any' ? ' or ' : ' and ')
  return [
    ...(namespace === undefined
      ? []
      : [{ name: 'agent_name', said: `namespace "${namespace}"`, rest: without('agent_name') }]),
    ...(tags.length === 0
      ? []
      : [
          {
            name: 'tags',
            said: `${tags.length === 1 ? 'tag' : 'tags'} ${tagNames}`,
            rest: without('tags', 'tag_match')
          }
        ]),
    ...(type === undefined
      ? []
      : [{ name: 'type', said: `type "${type}"`, rest: without('type') }]),
    ...(from || until
      ? [{ name: 'the time', said: `time "${when ?? ''}"`, rest: without('from', 'until') }]
      : []),
    ...(least === undefined
      ? []
      : [
          {
            name: 'min_importance',
            said: `importance from ${least}`,
            rest: without('min_importance')
          }
        ])
  ]
}

/** What is stored, by namespace. */
export async function describeStored(db: Db, userId: string): Promise<string> {
  const names = await listNamespaces(db, userId, MAX_NAMESPACES + 1)
  const counts = await countNamespaces(db, userId, names.slice(0, MAX_NAMESPACES), MAX_COUNTED)
  const filled = [...counts].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a)
  if (filled.length === 0) return 'Nothing is stored yet: store a fact with memory_store.'
  const list = filled
    .map(([name, count]) => `"${name}" ${count}${count === MAX_COUNTED ? ' or more' : ''}`)
    .join(', ')
  return `Stored by namespace: ${list}${names.length > MAX_NAMESPACES ? ' and others' : ''}.`
}
