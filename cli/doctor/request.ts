import { listAuditLogsOfRequest } from '../../db/audit/audit-logs.ts'
import { explainReason } from '../../lib/reasons/index.ts'
import { Refusal, shown } from '../arguments.ts'
import { withDatabase } from '../database.ts'
import { fields, minute, print, type WithJson } from '../subcommand.ts'

/**
 * Says what happened in the request and what to do. Throws Refusal when nothing of it was noted.
 */
export async function explainRequest(id: string, options: WithJson): Promise<void> {
  const rows = await withDatabase((db) => listAuditLogsOfRequest(db, id))
  if (rows.length === 0) {
    throw new Refusal(
      `No event is noted of a request ${shown(id)}. The log of the server has it under that id. Not noted are tokens and keys that are unknown or have expired (give the client a ` +
        'new key, or connect it again), messages that are malformed, pages that are not there, and what went over a limit after the first time.'
    )
  }
  const events = rows.map(
    ({
      created_at: at,
      action,
      reason,
      client_id: client,
      user_id: user,
      grant_id: grant,
      ip_address: address,
      details
    }) => ({
      at,
      action,
      reason,
      ...(reason === null ? wentWell : explainReason(reason)),
      client_id: client,
      user_id: user,
      grant_id: grant,
      ip_address: address,
      details
    })
  )
  print(options, { request_id: id, events }, () =>
    events
      .map(
        (event) =>
          `${event.why} ${event.fix}\n${fields([
            ['Event', event.action],
            ['Reason', event.reason ?? undefined],
            ['When', minute(event.at)],
            ['Client', event.client_id ?? undefined],
            ['User', event.user_id ?? undefined],
            ['Address', event.ip_address ?? undefined],
            [
              'Details',
              Object.keys(event.details).length > 0 ? JSON.stringify(event.details) : undefined
            ]
          ])}`
      )
      .join('\n\n')
  )
}

const wentWell = { why: 'This went well.', fix: 'There is nothing to do.' }
