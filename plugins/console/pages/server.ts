import type { AuditLog } from '../../../db/audit/audit-logs.ts'
import type { Check, CheckSummary } from '../../doctor/visit.ts'

/** An entry of the audit log, with what its reason means. */
export interface AuditEvent {
  entry: AuditLog & { email: string | null }
  explanation?: { why: string; fix: string } | undefined
}

/** What the operator has set, or the default. A secret only says that it is set. */
export interface SettingInForce {
  name: string
  value: string | undefined
  isSecret: boolean
  description: string
}

/** The audit log and the state of the server, for administrators. */
export interface ServerPages {
  'admin/audit': {
    events: AuditEvent[]
    filter: { person: string; client: string; action: string; request: string; when: string }
    /** What is wrong with the time words. */
    fault?: string | undefined
    isFiltered: boolean
    /** Whether one request is explained, with what to do. */
    isExplained: boolean
    csv: string
    more?: string | undefined
  }
  'admin/server': {
    version: string
    nodeVersion: string
    databaseVersion: string
    databaseBytes: number
    isEmbedded: boolean
    lastBackupAt: Date | undefined
    startedAt: Date
    publicUrl: string
    embeddings?: { model: string; waiting: number; memories: number; refused: number } | undefined
    isIndexing: boolean
    settings: SettingInForce[]
    /** Present after the checks have run. */
    checks?: { results: Check[]; summary: CheckSummary; report: string } | undefined
  }
}
