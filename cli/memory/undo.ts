import type { Command } from 'commander'
import type { Trx } from '../../db/connection/connect.ts'
import type { WriterFilter } from '../../db/connection/writers.ts'
import { listWriters } from '../../db/memory/history.ts'
import { clientWriter } from '../../domain/apps/app.ts'
import type { UndoObstacle } from '../../domain/memory/undo.ts'
import { undoAuthor, type UndoOutcome } from '../../domain/memory/undo-all.ts'
import { recordAudit, withTransaction } from '../database.ts'
import { requireApiKey } from '../key.ts'
import {
  formatCount,
  formatMinute,
  formatTable,
  printResult,
  titledTable,
  type WithJson
} from '../subcommand.ts'
import { requireUser } from '../user/record.ts'

interface UndoOptions extends WithJson {
  user: string
  since: Date
  client?: string
  key?: string
  dryRun?: true
}

export async function undoChanges(options: UndoOptions, command: Command): Promise<void> {
  const { json, client, key, since, dryRun } = options
  if ((client === undefined) === (key === undefined)) {
    command.error('error: say whose changes to undo: --client or --key')
  }
  const { isEmpty, writers, ...result } = await withTransaction((trx) => runUndo(trx, options))
  printResult({ ...(json && { json }) }, result, (plan) =>
    isEmpty
      ? nothingToUndo((client ?? key)!, since, writers)
      : describeUndo(plan, dryRun ? 'Would be undone' : 'Undone')
  )
}

async function runUndo(trx: Trx, { user: email, since, client, key, dryRun }: UndoOptions) {
  const dry = dryRun === true
  const { user_id } = await requireUser(trx, email)
  const writerFilter: WriterFilter =
    key !== undefined ? { key_id: (await requireApiKey(trx, key)).key_id } : clientWriter(client!)
  const { undone, conflicts, links } = await undoAuthor(trx, user_id, writerFilter, since, { dry })
  const isEmpty =
    undone.length + conflicts.length + links.undone.length + links.conflicts.length === 0
  const writers = isEmpty ? await listWriters(trx, user_id, since) : []
  if (!dry && undone.length + links.undone.length > 0) {
    const details = {
      of: client ?? key,
      since: since.toISOString(),
      undone: undone.length,
      conflicts: conflicts.length,
      links: links.undone.length
    }
    await recordAudit(trx, 'memory.undone', { user_id, details })
  }
  return {
    user_id,
    of: writerFilter,
    since: since.toISOString(),
    dry_run: dry,
    undone,
    conflicts,
    links,
    isEmpty,
    writers
  }
}

function nothingToUndo(writer: string, since: Date, otherWriters: string[]): string {
  const hint =
    otherWriters.length > 0 ? ` Changes since then are by: ${otherWriters.join(', ')}.` : ''
  return (
    `Nothing to undo: there are no changes by ${writer} since ${formatMinute(since)} UTC that ` +
    `are still in effect.${hint}`
  )
}

function describeUndo({ undone, conflicts, links }: UndoOutcome, heading: string): string {
  return [
    `${heading}: ${formatCount(undone.length, 'memory', 'memories')}`,
    formatTable(
      ['change', 'namespace', 'key', 'back to version'],
      undone.map((memory) => [
        memory.change,
        memory.agent_name,
        memory.key,
        String(memory.to_version ?? '-')
      ]),
      ''
    ),
    ...obstacleTables(conflicts, ['namespace', 'key'], (memory) => [memory.agent_name, memory.key]),
    ...titledTable(
      `${heading}: ${formatCount(links.undone.length, 'link')}`,
      ['change', 'link'],
      links.undone.map((link) => [link.change, describeLink(link)])
    ),
    ...obstacleTables(links.conflicts, ['link'], (link) => [describeLink(link)])
  ]
    .filter(Boolean)
    .join('\n')
}

/** Tables of what is not undone: what others changed later, then what has another reason. */
function obstacleTables<C extends UndoObstacle>(
  conflicts: C[],
  nameHeadings: string[],
  nameCells: (conflict: C) => string[]
): string[] {
  const keptRows: string[][] = []
  const failedRows: string[][] = []
  for (const conflict of conflicts) {
    if ('reason' in conflict) failedRows.push([...nameCells(conflict), conflict.reason])
    else keptRows.push([...nameCells(conflict), conflict.changed_by, conflict.changed_at])
  }
  return [
    ...titledTable(
      `Kept, because of later changes by others: ${keptRows.length}`,
      [...nameHeadings, 'changed by', 'at'],
      keptRows
    ),
    ...titledTable(`Not undone: ${failedRows.length}`, [...nameHeadings, 'reason'], failedRows)
  ]
}

function describeLink({ type, from, to }: { type: string; from: string; to: string }): string {
  return `${from} ${type} ${to}`
}
