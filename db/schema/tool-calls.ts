import type { ColumnType, GeneratedAlways } from 'kysely'
import type { JsonColumn, NullableColumn, DefaultNowColumn } from './columns.ts'
import type { Source } from './memory.ts'

/** How a call ended. `refused`: the tool declined and told the caller what to do. */
export type CallOutcome =
  'ok' | 'invalid_arguments' | 'refused' | 'forbidden' | 'timed_out' | 'failed'

export interface ToolCallsTable {
  user_id: string
  call_no: GeneratedAlways<number>
  tool: string
  /** The tool's groups. A credential sees only the calls of tools that it may use. */
  groups: ColumnType<string[], string[], never>
  source: JsonColumn<Source>
  via: 'mcp' | 'rest'
  called_at: DefaultNowColumn
  /** The key_id or client_id of the source. */
  app_id: GeneratedAlways<string | null>
  duration_ms: number
  outcome: CallOutcome
  /** Shortened, without secrets. */
  arguments: JsonColumn<Record<string, unknown>>
  /** The shortened error; null after a success. */
  said: NullableColumn<string>
}
