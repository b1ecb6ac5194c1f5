import type { Generated } from 'kysely'
import type { JsonColumn, DefaultNowColumn, TimeColumn } from './columns.ts'

/** A provider's answer to one user, kept until it expires. */
export interface WebAnswersTable {
  user_id: string
  /** SHA-256 of the question. */
  question_hash: string
  answer: JsonColumn<object>
  answered_at: DefaultNowColumn
  expires_at: TimeColumn
}

/** The number of requests of one user to a provider on one day (UTC). */
export interface WebRequestsTable {
  user_id: string
  provider: string
  day: string
  requests: Generated<number>
}
