import type { Generated } from 'kysely'
import type { DefaultNowColumn } from './columns.ts'

/** Whether conversations of an app (its key_id or client_id) or of a project are captured. */
export interface CaptureSwitchesTable {
  user_id: string
  kind: 'app' | 'project'
  name: string
  enabled: boolean
}

/** How far a session of an app is captured. Maintenance deletes old rows. */
export interface CaptureSessionsTable {
  user_id: string
  app_id: string
  session_id: string
  /** Where the next part begins: bytes of a transcript, or a number of entries. */
  next_offset: Generated<number>
  entries: Generated<number>
  /** Bytes of the captured texts. */
  bytes: Generated<number>
  touched_at: DefaultNowColumn
}
