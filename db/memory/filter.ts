import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Database } from '../schema/index.ts'

/** What is searched. Times are of the event, or of the storing. */
export interface SearchFilter {
  agent_name?: string | undefined
  tags?: string[] | undefined
  /** 'all' of the tags, or 'any' of them. */
  tag_match?: 'all' | 'any' | undefined
  type?: string | undefined
  from?: Date | undefined
  until?: Date | undefined
  min_importance?: number | undefined
}

/** Whether anything is left out but what has expired. */
export function isFiltered({ tag_match: tagMatch, tags, ...others }: SearchFilter): boolean {
  return (
    (tags !== undefined && tags.length > 0) ||
    Object.values(others).some((value) => value !== undefined)
  )
}

/** The filter as a condition on memories; undefined when only what has expired is left out. */
export function toCondition(filter: SearchFilter): MemoryCondition | undefined {
  return isFiltered(filter) ? (row) => matchesFilter(row, filter) : undefined
}

export type MemoryCondition = (row: ExpressionBuilder<Database, 'memories'>) => Expression<SqlBool>

/** Whether a memory is still there and in what is searched. */
export function matchesFilter(
  { and, eb }: ExpressionBuilder<Database, 'memories'>,
  filter: SearchFilter
) {
  const { agent_name: agentName, tags = [], type, from, until, min_importance: least } = filter
  const conditions = [sql<SqlBool>`(memories.expires_at is null or memories.expires_at > now())`]
  if (tags.length > 0) {
    conditions.push(
      filter.tag_match === 'any'
        ? sql`memories.tags ?| ${tags}::text[]`
        : sql`memories.tags @> ${JSON.stringify(tags)}::jsonb`
    )
  }
  return and([
    ...conditions,
    ...(agentName !== undefined ? [eb('memories.agent_name', '=', agentName)] : []),
    ...(type !== undefined ? [eb('memories.type', '=', type)] : []),
    ...(from ? [eb('memories.sequence_at', '>=', from)] : []),
    ...(until ? [eb('memories.sequence_at', '<', until)] : []),
    ...(least !== undefined ? [eb('memories.importance', '>=', least)] : [])
  ])
}
