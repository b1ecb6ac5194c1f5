import type { Generated } from 'kysely'
import type { Json, Maybe, MaybeTime, Now } from './columns.ts'
import type { Source } from './memory.ts'

export interface GraphNodesTable {
  user_id: string
  /** `memory:` and the memory's id, or the type, a colon and the name. */
  node_id: string
  type: string
  name: string
  memory_id: Maybe<string>
  data: Json<Record<string, unknown>>
  created_at: Now
}

export interface GraphEdgesTable {
  user_id: string
  edge_id: Generated<string>
  from_node: string
  to_node: string
  type: string
  /** 0 to 1. */
  weight: Generated<number>
  valid_from: Now
  /** Absent: it still holds. */
  valid_until: MaybeTime
  source: Json<Source>
  created_at: Now
}
