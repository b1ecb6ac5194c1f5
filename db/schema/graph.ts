import type { ColumnType, Generated } from 'kysely'
import type { JsonColumn, NullableColumn, NullableTimeColumn, DefaultNowColumn } from './columns.ts'
import type { Source } from './memory.ts'

export interface GraphNodesTable {
  user_id: string
  /** `memory:` and the memory's id, or the type, a colon and the name. */
  node_id: string
  type: string
  name: string
  memory_id: NullableColumn<string>
  data: JsonColumn<Record<string, unknown>>
  created_at: DefaultNowColumn
}

/** The columns that a link and its versions share. */
interface GraphEdgeColumns {
  user_id: string
  from_node: string
  to_node: string
  type: string
  /** 0 to 1. */
  weight: Generated<number>
  valid_from: DefaultNowColumn
  /** Null while the link holds. */
  valid_until: NullableTimeColumn
  source: JsonColumn<Source>
  created_at: DefaultNowColumn
  /** Who put the row as it is, and when; null if `source` and `created_at` say it. */
  written_at: NullableTimeColumn
  written_by: ColumnType<Source | null, string | null | undefined, string | null>
}

export interface GraphEdgesTable extends GraphEdgeColumns {
  edge_id: Generated<string>
  /** A trigger increments it and keeps the former state. */
  version: Generated<number>
}

/** Former states. A `deleted` one says who deleted the link, and when. */
export interface GraphEdgeVersionsTable extends GraphEdgeColumns {
  edge_id: string
  version: number
  deleted: Generated<boolean>
}
