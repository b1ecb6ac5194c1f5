import type { ColumnType, GeneratedAlways } from 'kysely'
import type { JsonColumn, NullableColumn, DefaultNowColumn } from './columns.ts'
import type { Source } from './memory.ts'

/** How a call ended; refused: the tool said no, in words that say what to do. */
export type CallOutcome =
  'ok' | 'invalid_arguments' | 'refused' | 'forbidden' | 'timed_out' | 'failed'

export interface ToolCallsTable {
  user_id: string
  call_no: GeneratedAlways<number>
  tool: string
  /** The tool's groups: who may not use such a tool does not see that it was called. */
  groups: ColumnType<string[], string[], never>
  source: JsonColumn<Source>
  via: 'mcp' | 'rest'
  called_at: DefaultNowColumn
  duration_ms: number
  outcome: CallOutcome
  /** Cut, without secrets. */
  arguments: JsonColumn<Record<string, unknown>>
  /** The error, cut; absent when all went well. */
  said: NullableColumn<string>
}
