import type { Json, Maybe, MaybeTime, Now } from './columns.ts'
import type { Source } from './memory.ts'

export interface CodingSessionsTable {
  user_id: string
  session_id: string
  project_id: string
  description: string
  tags: Json<string[]>
  started_at: Now
  ended_at: MaybeTime
  summary: Maybe<string>
  success: Maybe<boolean>
  source: Json<Source>
}
