import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SearchFilter } from '../../db/memory/filter.ts'
import { findMemoryUsage } from '../../db/memory/usage.ts'
import type { CallContext } from '../../domain/context.ts'
import {
  browseDeleted,
  browseMemories,
  type BrowsedMemory,
  type BrowsedPage,
  listFilterNames
} from '../../domain/memory/browse.ts'
import { RESTORABLE_DAYS } from '../../domain/memory/restore.ts'
import { type FoundMemory, searchMemories } from '../../domain/memory/search/search-memories.ts'
import { resolveTimeWords, spanText, type ZonedSpan } from '../../domain/memory/when.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type {
  MemoryFilterFields,
  MemoryPages,
  MemoryRow
} from '../../plugins/console/pages/memories.ts'
import { type Parameters, queryOf } from '../../plugins/form-parameters.ts'

/** Rows of a page, which stays under 60 kB with its style. */
const PAGE_SIZE = 25
/** Characters of a value in a list. */
const EXCERPT_LENGTH = 200
/** A search reads values whole, to find the best part of long ones. */
const SEARCHED_LENGTH = 20_000
const MAX_QUERY_LENGTH = 2000

type ListData = MemoryPages['memories/list']

/** GET /memories: all memories or a search; GET /memories/deleted. */
export function registerLists(app: FastifyInstance): void {
  app.get('', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const data = await listData(app.console.context(session), request)
    return app.console.show(
      request,
      reply,
      session,
      'memories/list',
      data,
      data.problem ? 400 : 200
    )
  })

  app.get('/deleted', async (request, reply) => {
    const session = await app.console.requireSession(request)
    const cursor = queryOf(request.url).get('after')
    const page = await pageOrFirst(cursor, (after) =>
      browseDeleted(app.console.context(session), {
        cursor: after,
        limit: PAGE_SIZE,
        valueLimit: EXCERPT_LENGTH
      })
    )
    return app.console.show(request, reply, session, 'memories/deleted', {
      rows: page.rows.map((row) => ({ ...rowOf(row), app: row.source.name })),
      ...pageLinks(request, page),
      back: request.url,
      days: RESTORABLE_DAYS
    })
  })
}

async function listData(context: CallContext, request: FastifyRequest): Promise<ListData> {
  const query = queryOf(request.url)
  const fields = filterFields(query)
  const span = await readSpan(context, fields.when)
  const problem =
    span === 'invalid'
      ? { form: 'filter', field: 'when', text: request.texts.memories.timeNotUnderstood }
      : undefined
  const filter: SearchFilter = {
    agent_name: fields.namespace,
    type: fields.type,
    tags: fields.tag === undefined ? [] : [fields.tag],
    app: fields.app,
    ...(span && span !== 'invalid' && { from: span.from, until: span.until })
  }
  const list =
    fields.q === undefined
      ? await browsed(context, request, filter, query.get('after'))
      : await searched(context, { q: fields.q, when: problem ? undefined : fields.when }, filter)
  const { q: _query, ...filters } = fields
  return {
    ...list,
    filter: fields,
    names: await listFilterNames(context),
    total: (await findMemoryUsage(context.db, context.principal.user_id)).memories,
    isFiltered: Object.values(filters).some((value) => value !== undefined),
    back: request.url,
    ...(span && span !== 'invalid' && { span: spanText(span) }),
    ...(problem && { problem })
  }
}

function filterFields(query: Parameters): MemoryFilterFields {
  const text = (name: string) => query.get(name)?.slice(0, MAX_QUERY_LENGTH).trim() || undefined
  return {
    q: text('q'),
    namespace: text('namespace'),
    type: text('type'),
    tag: text('tag'),
    app: text('app'),
    when: text('when')
  }
}

async function readSpan(
  { db, principal }: CallContext,
  words: string | undefined
): Promise<ZonedSpan | 'invalid' | undefined> {
  try {
    return await resolveTimeWords(db, principal.user_id, 'when', words)
  } catch (error) {
    if (error instanceof ToolError) return 'invalid'
    throw error
  }
}

/** The memories that changed last. */
async function browsed(
  context: CallContext,
  request: FastifyRequest,
  filter: SearchFilter,
  cursor: string | undefined
): Promise<Pick<ListData, 'rows' | 'next' | 'first' | 'isPartial'>> {
  const page = await pageOrFirst(cursor, (after) =>
    browseMemories(context, filter, { cursor: after, limit: PAGE_SIZE, valueLimit: EXCERPT_LENGTH })
  )
  return {
    rows: page.rows.map((row) => ({
      ...rowOf(row),
      app: row.source.name,
      pinned: row.pinned_at !== null,
      ...marksOf(row)
    })),
    ...pageLinks(request, page),
    isPartial: page.isPartial
  }
}

/** The memories that answer the query, best first. */
async function searched(
  context: CallContext,
  { q: query, when }: { q: string; when: string | undefined },
  filter: SearchFilter
): Promise<Pick<ListData, 'rows' | 'mode' | 'isPartial'>> {
  const { from: _from, until: _until, ...request } = filter
  const outcome = await searchMemories(context, {
    ...request,
    query,
    when,
    limit: PAGE_SIZE,
    valueLimit: SEARCHED_LENGTH
  })
  if (outcome.kind === 'overview') {
    const rows = outcome.memories.map((memory) => ({ ...rowOf(memory), ...marksOf(memory) }))
    return { rows, mode: 'overview', isPartial: false }
  }
  return { rows: outcome.memories.map(foundRow), mode: outcome.mode, isPartial: false }
}

function foundRow(memory: FoundMemory): MemoryRow {
  return {
    ...rowOf(memory),
    ...marksOf(memory),
    excerpt: memory.snippetParts,
    matched: memory.matched,
    words: memory.words
  }
}

function rowOf(row: {
  memory_id: string
  key: string
  agent_name: string
  type: string
  tags: string[]
  value: string
  value_length: number
  updated_at: Date
}): MemoryRow {
  const { memory_id, key, agent_name, type, tags, updated_at } = row
  const beginning = row.value.slice(0, EXCERPT_LENGTH).replace(/[\uD800-\uDBFF]$/, '')
  const text = row.value_length > beginning.length ? `${beginning}…` : beginning
  return { memory_id, key, agent_name, type, tags, updated_at, excerpt: [{ text, marked: false }] }
}

function marksOf({ superseded_by, contradicts }: Partial<BrowsedMemory>): Partial<MemoryRow> {
  return {
    ...(superseded_by !== undefined && { superseded_by }),
    ...(contradicts && { contradicts })
  }
}

/** A page from a cursor; a cursor that no page gave shows the first page. */
async function pageOrFirst<Row>(
  cursor: string | undefined,
  load: (cursor: string | undefined) => Promise<BrowsedPage<Row>>
): Promise<BrowsedPage<Row>> {
  try {
    return await load(cursor)
  } catch (error) {
    if (error instanceof ToolError && cursor !== undefined) return load(undefined)
    throw error
  }
}

function pageLinks(
  request: FastifyRequest,
  { next_cursor: cursor }: BrowsedPage<unknown>
): { next?: string; first?: string } {
  const isFirst = queryOf(request.url).get('after') === undefined
  return {
    ...(cursor !== undefined && { next: withParameter(request.url, cursor) }),
    ...(!isFirst && { first: withParameter(request.url, undefined) })
  }
}

/** The URL of the page that begins at a cursor. */
export function withParameter(url: string, cursor: string | undefined): string {
  const [path, query = ''] = url.split('?') as [string, string?]
  const parameters = new URLSearchParams(query)
  if (cursor === undefined) parameters.delete('after')
  else parameters.set('after', cursor)
  const text = parameters.toString()
  return text === '' ? path : `${path}?${text}`
}
