import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import { isLive } from './conditions.ts'
import type { Database } from '../schema/index.ts'

/** Which memories to search. Times are those of the event, or of the storing without an event. */
export interface SearchFilter {
  agent_name?: string | undefined
  tags?: string[] | undefined
  /** Whether a memory needs all tags or any of them; all is the default. */
  tag_match?: 'all' | 'any' | undefined
  type?: string | undefined
  from?: Date | undefined
  until?: Date | undefined
  min_importance?: number | undefined
  /** The name of the app or person that wrote the memory last. */
  app?: string | undefined
}

/** Whether the filter excludes anything besides expired memories. */
export function isFiltered({ tag_match: _tagMatch, tags, ...conditions }: SearchFilter): boolean {
  return (
    (tags !== undefined && tags.length > 0) ||
    Object.values(conditions).some((value) => value !== undefined)
  )
}

/** The filter as a condition on memories, or undefined if it excludes expired ones only. */
export function toCondition(filter: SearchFilter): MemoryCondition | undefined {
  return isFiltered(filter) ? (row) => matchesFilter(row, filter) : undefined
}

export type MemoryCondition = (row: ExpressionBuilder<Database, 'memories'>) => Expression<SqlBool>

/** Whether a memory is live and passes the filter. */
export function matchesFilter(
  { and, eb }: ExpressionBuilder<Database, 'memories'>,
  filter: SearchFilter
) {
  const { agent_name: agentName, tags = [], type, from, until } = filter
  const { app, min_importance: minImportance } = filter
  return and([
    isLive(),
    ...(tags.length > 0 ? [hasTags(tags, filter.tag_match)] : []),
    ...(agentName !== undefined ? [eb('memories.agent_name', '=', agentName)] : []),
    ...(type !== undefined ? [eb('memories.type', '=', type)] : []),
    ...(from ? [eb('memories.sequence_at', '>=', from)] : []),
    ...(until ? [eb('memories.sequence_at', '<', until)] : []),
    ...(minImportance !== undefined ? [eb('memories.importance', '>=', minImportance)] : []),
    ...(app !== undefined ? [sql<SqlBool>`memories.source ->> 'name' = ${app}`] : [])
  ])
}

function hasTags(tags: string[], tagMatch: SearchFilter['tag_match']) {
  return tagMatch === 'any'
    ? sql<SqlBool>`memories.tags ?| ${tags}::text[]`
    : sql<SqlBool>`memories.tags @> ${JSON.stringify(tags)}::jsonb`
}
