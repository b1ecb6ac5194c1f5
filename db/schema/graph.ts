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

/** What a link and each of its versions have. */
interface GraphEdgeColumns {
  user_id: string
  from_node: string
  to_node: string
  type: string
  /** 0 to 1. */
  weight: Generated<number>
  valid_from: DefaultNowColumn
  /** Absent: it still holds. */
  valid_until: NullableTimeColumn
  source: JsonColumn<Source>
  created_at: DefaultNowColumn
  /**
   * When and by whom it was put as it is, where `created_at` and `source` tell of something
   * earlier.
   */
  written_at: NullableTimeColumn
  written_by: ColumnType<Source | null, string | null | undefined, string | null>
}

export interface GraphEdgesTable extends GraphEdgeColumns {
  edge_id: Generated<string>
  /** Counted up by a trigger, which keeps what the link was before. */
  version: Generated<number>
}

/** Former states; `deleted`: who took it away, and when. */
export interface GraphEdgeVersionsTable extends GraphEdgeColumns {
  edge_id: string
  version: number
  deleted: Generated<boolean>
}
