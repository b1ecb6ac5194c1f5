import type { Generated } from 'kysely'
import type { JsonColumn, DefaultNowColumn, TimeColumn } from './columns.ts'

/** What a provider answered to one person, for a while. */
export interface WebAnswersTable {
  user_id: string
  /** Of what was asked. */
  question_hash: string
  answer: JsonColumn<object>
  answered_at: DefaultNowColumn
  expires_at: TimeColumn
}

/** How often one person's tools asked a provider on one day (UTC). */
export interface WebRequestsTable {
  user_id: string
  provider: string
  day: string
  requests: Generated<number>
}
