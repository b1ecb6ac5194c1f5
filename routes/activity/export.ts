import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import { type CallEntry, type CallFilter, listCallEntries } from '../../db/audit/tool-calls.ts'
import type { Db } from '../../db/connection/connect.ts'

/** Calls in one file, and in one read. */
const MAX_EXPORTED = 50_000
const READ_SIZE = 500

interface ExportFormat {
  contentType: string
  fileName: string
  start: string
  rows: (calls: CallEntry[], isFirst: boolean) => string
  end: string
}

const csvColumns = [
  'time',
  'app',
  'tool',
  'outcome',
  'milliseconds',
  'interface',
  'arguments',
  'said'
]

export const exportFormats: Record<'csv' | 'json', ExportFormat> = {
  csv: {
    contentType: 'text/csv; charset=utf-8',
    fileName: 'activity.csv',
    start: `${csvColumns.join(',')}\n`,
    // A spreadsheet would run a cell that begins like a formula.
    rows: (calls) => stringify(calls.map(csvRow), { escape_formulas: true }),
    end: ''
  },
  json: {
    contentType: 'application/json; charset=utf-8',
    fileName: 'activity.json',
    start: '[\n',
    rows: (calls, isFirst) =>
      (isFirst ? '' : ',\n') + calls.map((call) => JSON.stringify(jsonRow(call))).join(',\n'),
    end: '\n]\n'
  }
}

/** A file of the calls, read from the database while it is sent. */
export function exportRows(
  db: Db,
  userId: string,
  filter: CallFilter,
  format: ExportFormat
): Readable {
  return Readable.from(fileParts(db, userId, filter, format))
}

async function* fileParts(
  db: Db,
  userId: string,
  filter: CallFilter,
  format: ExportFormat
): AsyncGenerator<string> {
  yield format.start
  let exported = 0
  let page = await listCallEntries(db, userId, filter, { limit: READ_SIZE })
  for (;;) {
    if (page.calls.length > 0) yield format.rows(page.calls, exported === 0)
    exported += page.calls.length
    if (page.rest === undefined || exported >= MAX_EXPORTED) break
    page = await listCallEntries(db, userId, filter, { limit: READ_SIZE, after: page.rest })
  }
  yield format.end
}

function csvRow(call: CallEntry): string[] {
  const { time, arguments: args, milliseconds, ...row } = jsonRow(call)
  return [
    time,
    row.app,
    row.tool,
    row.outcome,
    String(milliseconds),
    row.interface,
    JSON.stringify(args),
    row.said ?? ''
  ]
}

function jsonRow(call: CallEntry) {
  return {
    time: call.called_at.toISOString(),
    app: call.source.name,
    tool: call.tool,
    outcome: call.outcome,
    milliseconds: call.duration_ms,
    interface: call.via,
    arguments: call.arguments,
    said: call.said
  }
}
