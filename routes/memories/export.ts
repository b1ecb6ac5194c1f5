import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import { exportSelected } from '../../domain/memory/transfer/selection.ts'

const csvColumns = [
  'memory_id',
  'agent_name',
  'key',
  'value',
  'type',
  'tags',
  'importance',
  'occurred_at',
  'created_at',
  'updated_at',
  'expires_at',
  'source'
]

/**
 * Sends selected memories as a file: JSON Lines that `kagura memory import` reads, or CSV whose
 * cells a spreadsheet does not take for formulas.
 */
export async function sendExport(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  session: Session,
  { ids, format }: { ids: string[]; format: 'jsonl' | 'csv' }
): Promise<FastifyReply> {
  await request.audit('memory.exported', {
    user_id: session.user_id,
    details: { memories: ids.length, format, by: 'Console' }
  })
  const lines = exportSelected(app.db, session.user_id, ids)
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  return reply
    .headers({
      'content-type': `${type}; charset=utf-8`,
      'content-disposition': `attachment; filename="memories.${format}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff'
    })
    .send(format === 'csv' ? csvOf(lines) : Readable.from(withLineEnds(lines)))
}

async function* withLineEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}

function csvOf(lines: AsyncIterable<string>): Readable {
  const csv = stringify({
    header: true,
    bom: true,
    columns: csvColumns,
    escape_formulas: true,
    cast: { object: (value) => JSON.stringify(value) }
  })
  return Readable.from(memoryRows(lines)).pipe(csv)
}

async function* memoryRows(lines: AsyncIterable<string>): AsyncGenerator<Record<string, unknown>> {
  for await (const line of lines) {
    const { type, row } = JSON.parse(line)
    if (type !== 'memory') continue
    yield { ...row, tags: row.tags.join(', '), source: row.source.name }
  }
}
