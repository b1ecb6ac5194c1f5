import type { Generated } from 'kysely'
import type { Json, Maybe, MaybeTime, Now, Time } from './columns.ts'
import type { Source } from './memory.ts'

export interface CodingSessionsTable {
  user_id: string
  session_id: string
  project_id: string
  description: string
  tags: Json<string[]>
  started_at: Now
  ended_at: MaybeTime
  /** When the present stretch of work began, if not at the start. */
  resumed_at: MaybeTime
  /** Of the stretches that have ended. */
  worked_seconds: Generated<number>
  summary: Maybe<string>
  /** By a client, not built from the records. */
  summary_given: Generated<boolean>
  success: Maybe<boolean>
  goal_memory_id: Maybe<string>
  summary_memory_id: Maybe<string>
  source: Json<Source>
}

/** What every record of a session has. */
interface Activity {
  user_id: string
  project_id: string
  session_id: string
  /** By which it is found; while that memory is deleted, the record is not shown. */
  memory_id: string
  source: Json<Source>
  created_at: Time
}

export interface CodingFileChangesTable extends Activity {
  change_id: string
  file_path: string
  action: string
  diff: string
  reason: string
  related_files: Json<string[]>
  first_line: Maybe<number>
  last_line: Maybe<number>
  lines_added: number
  lines_removed: number
}

export interface CodingErrorsTable extends Activity {
  error_id: string
  error_type: string
  message: string
  stack_trace: string
  file_path: Maybe<string>
  line_number: Maybe<number>
  /** Where a picture of it is. */
  screenshot: Maybe<string>
  tags: Json<string[]>
  /** The message without what differs from one occurrence to the next. */
  fingerprint: string
  solution: Maybe<string>
  resolved_at: MaybeTime
}

export interface CodingDecisionsTable extends Activity {
  decision_id: string
  decision: string
  rationale: string
  alternatives: Json<string[]>
  impact: Maybe<string>
  tags: Json<string[]>
  related_files: Json<string[]>
  /** 0 to 1. */
  confidence: number
}

export interface CodingInteractionsTable extends Activity {
  interaction_id: string
  user_query: string
  ai_response: string
  interaction_type: string
  metadata: Json<Record<string, unknown>>
  response_memory_id: string
}

/** An issue as it was when a session was linked to it; `issue_key` is `repository#number`. */
export interface CodingIssueLinksTable extends Activity {
  issue_key: string
  /** owner/name, or empty when it was not said. */
  repository: string
  issue_number: number
  title: string
  url: Maybe<string>
  state: Maybe<string>
  labels: Json<string[]>
  assignees: Json<string[]>
  body: string
}
