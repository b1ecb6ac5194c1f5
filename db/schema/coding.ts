import type { Generated } from 'kysely'
import type {
  JsonColumn,
  NullableColumn,
  NullableTimeColumn,
  DefaultNowColumn,
  TimeColumn
} from './columns.ts'
import type { Source } from './memory.ts'

export interface CodingSessionsTable {
  user_id: string
  session_id: string
  project_id: string
  description: string
  tags: JsonColumn<string[]>
  started_at: DefaultNowColumn
  ended_at: NullableTimeColumn
  /** The start of the present stretch of work; null in the first one. */
  resumed_at: NullableTimeColumn
  /** The sum of all ended stretches of work. */
  worked_seconds: Generated<number>
  summary: NullableColumn<string>
  /** Whether a client wrote the summary. Otherwise it is built from the records. */
  summary_given: Generated<boolean>
  success: NullableColumn<boolean>
  goal_memory_id: NullableColumn<string>
  summary_memory_id: NullableColumn<string>
  source: JsonColumn<Source>
}

/** The columns of every record of a session. */
interface CodingRecordColumns {
  user_id: string
  project_id: string
  session_id: string
  /** The memory by which searches find the record. While it is deleted, the record is hidden. */
  memory_id: string
  source: JsonColumn<Source>
  created_at: TimeColumn
}

export interface CodingFileChangesTable extends CodingRecordColumns {
  change_id: string
  file_path: string
  action: string
  diff: string
  reason: string
  related_files: JsonColumn<string[]>
  first_line: NullableColumn<number>
  last_line: NullableColumn<number>
  lines_added: number
  lines_removed: number
}

export interface CodingErrorsTable extends CodingRecordColumns {
  error_id: string
  error_type: string
  message: string
  stack_trace: string
  file_path: NullableColumn<string>
  line_number: NullableColumn<number>
  /** The address of a picture of the error. */
  screenshot: NullableColumn<string>
  tags: JsonColumn<string[]>
  /** The message without the parts that change from one occurrence to the next. */
  fingerprint: string
  solution: NullableColumn<string>
  resolved_at: NullableTimeColumn
}

export interface CodingDecisionsTable extends CodingRecordColumns {
  decision_id: string
  decision: string
  rationale: string
  alternatives: JsonColumn<string[]>
  impact: NullableColumn<string>
  tags: JsonColumn<string[]>
  related_files: JsonColumn<string[]>
  /** 0 to 1. */
  confidence: number
}

export interface CodingInteractionsTable extends CodingRecordColumns {
  interaction_id: string
  user_query: string
  ai_response: string
  interaction_type: string
  metadata: JsonColumn<Record<string, unknown>>
  response_memory_id: string
}

/** An issue as it was when a session linked to it; `issue_key` is `repository#number`. */
export interface CodingIssueLinksTable extends CodingRecordColumns {
  issue_key: string
  /** owner/name, or empty if it is unknown. */
  repository: string
  issue_number: number
  title: string
  url: NullableColumn<string>
  state: NullableColumn<string>
  labels: JsonColumn<string[]>
  assignees: JsonColumn<string[]>
  body: string
}
