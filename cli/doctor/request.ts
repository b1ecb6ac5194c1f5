import { listAuditLogsOfRequest } from '../../db/audit/audit-logs.ts'
import { explainReason } from '../../lib/reasons/index.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { withDatabase } from '../database.ts'
import { formatFields, formatMinute, printResult, type WithJson } from '../subcommand.ts'

/**
 * Explains what happened in a request and what to do, from the audit log. Throws
 * CommandRefusedError if the log has no entry for it.
 */
export async function explainRequest(requestId: string, options: WithJson): Promise<void> {
  const auditRows = await withDatabase((db) => listAuditLogsOfRequest(db, requestId))
  if (auditRows.length === 0) throw missingEntryError(requestId)
  const requestEvents = auditRows.map((row) => ({
    at: row.created_at,
    action: row.action,
    reason: row.reason,
    ...(row.reason === null ? successExplanation : explainReason(row.reason)),
    client_id: row.client_id,
    user_id: row.user_id,
    grant_id: row.grant_id,
    ip_address: row.ip_address,
    details: row.details
  }))
  printResult(options, { request_id: requestId, events: requestEvents }, ({ events }) =>
    events
      .map((event) => {
        const hasDetails = Object.keys(event.details).length > 0
        return `${event.why} ${event.fix}\n${formatFields([
          ['Event', event.action],
          ['Reason', event.reason ?? undefined],
          ['When', `${formatMinute(event.at)} UTC`],
          ['Client', event.client_id ?? undefined],
          ['User', event.user_id ?? undefined],
          ['Address', event.ip_address ?? undefined],
          ['Details', hasDetails ? JSON.stringify(event.details) : undefined]
        ])}`
      })
      .join('\n\n')
  )
}

const successExplanation = { why: 'This succeeded.', fix: 'There is nothing to do.' }

function missingEntryError(requestId: string): CommandRefusedError {
  return new CommandRefusedError(
    `There is no audit entry for the request ${quoteText(requestId)}. Look for this id in the ` +
      'server log. The audit log leaves out tokens and keys that are unknown or expired ' +
      '(create a new key, or connect the app again). It also leaves out malformed messages, ' +
      'missing pages and repeated rate limits.'
  )
}
