import type { Command } from 'commander'
import { deleteGraph, deleteLostGraphNodes } from '../db/graph-nodes.ts'
import { type Purged, purgeMemories } from '../db/memory-expiry.ts'
import { listWriters, type WrittenBy } from '../db/memory-history.ts'
import { recountUsage } from '../db/memory-usage.ts'
import { clearToolCalls } from '../db/tool-calls.ts'
import { GLOBAL } from '../tools/memory/fields.ts'
import { undo } from '../tools/memory/undo.ts'
import { emailAddress, Refusal, shown, timeGiven } from './arguments.ts'
import { audit, withTransaction } from './database.ts'
import { keyOf } from './key.ts'
import { minute, noun, print, subcommand, table, type WithJson } from './subcommand.ts'
import { addTransferCommands } from './memory-transfer.ts'
import { userOf } from './user.ts'

export function addMemoryCommands (kagura: Command): void {
  const group = noun(kagura, 'memory', 'What is remembered for people.', 'kagura memory undo --user ada@example.com --client ChatGPT --since 24h --dry-run')
  subcommand(group, 'undo', 'Takes back what one app wrote, changed or deleted since a time, all of it or nothing. What somebody else changed afterwards is listed and kept.',
    'kagura memory undo --user ada@example.com --client ChatGPT --since 2026-01-31T09:00:00Z')
    .requiredOption('--user <email>', 'whose memories', emailAddress)
    .requiredOption('--since <time>', 'from when on: a time like 2026-01-31T09:00:00Z, or how long ago: 90m, 24h, 7d', timeGiven)
    .option('--client <name>', 'the app: its name as the history shows it, its client id, or the id of one grant')
    .option('--key <key>', 'or the API key: its id or its prefix as listed')
    .option('--dry-run', 'only list what would be done').action(undoMemories)
  subcommand(group, 'purge', 'Deletes memories for good, with all versions, and the history of tool calls, which may hold parts of them. Nobody can restore them.', 'kagura memory purge --user ada@example.com --key password')
    .requiredOption('--user <email>', 'whose memories', emailAddress)
    .option('--key <key>', 'what is or was under this key')
    .option('--namespace <name>', 'the namespace of the key', GLOBAL)
    .option('--id <id>', 'or one memory, by its id')
    .option('--deleted', 'or everything that is deleted and could still be restored')
    .option('--history', 'or only the history of tool calls')
    .option('--all', 'or everything').action(purge)
  addTransferCommands(group)
}

interface Undo extends WithJson { user: string, since: Date, client?: string, key?: string, dryRun?: true }

async function undoMemories ({ user: email, since, client, key, dryRun, ...options }: Undo, command: Command): Promise<void> {
  if ((client === undefined) === (key === undefined)) command.error('error: say whose changes: --client or --key')
  const result = await withTransaction(async (trx) => {
    const { user_id: userId } = await userOf(trx, email)
    const by: WrittenBy = key !== undefined ? { key_id: (await keyOf(trx, key)).key_id } : { client_id: client!, grant_id: client!, name: client! }
    const { undone, conflicts } = await undo(trx, userId, by, since, { dry: dryRun === true })
    const writers = undone.length + conflicts.length === 0 ? await listWriters(trx, userId, since) : []
    if (!dryRun && undone.length > 0) {
      await audit(trx, 'memory.undone', { user_id: userId, details: { of: client ?? key, since: since.toISOString(), undone: undone.length, conflicts: conflicts.length } })
    }
    return { user_id: userId, of: by, since: since.toISOString(), dry_run: dryRun === true, undone, conflicts, writers }
  })
  const { writers, ...said } = result
  print(options, said, ({ undone, conflicts }) => {
    if (undone.length + conflicts.length === 0) {
      return `Nothing to undo: ${client ?? key} wrote nothing since ${minute(since)} that still stands.${writers.length > 0 ? ` Who did: ${writers.join(', ')}.` : ''}`
    }
    const done = `${dryRun ? 'Would be undone' : 'Undone'}: ${undone.length} ${undone.length === 1 ? 'memory' : 'memories'}\n` +
      table(['change', 'namespace', 'key', 'version'], undone.map((one) => [one.change, one.agent_name, one.key, String(one.to_version ?? '-')]), '')
    if (conflicts.length === 0) return done
    return `${done}\nKept, because somebody else changed them afterwards: ${conflicts.length}\n` +
      table(['namespace', 'key', 'changed by', 'at'], conflicts.map((one) => [one.agent_name, one.key, one.changed_by, one.changed_at]), '')
  })
}

interface Purge extends WithJson { user: string, key?: string, namespace: string, id?: string, deleted?: true, history?: true, all?: true }

async function purge ({ user: email, key, namespace, id, deleted, history, all, ...options }: Purge, command: Command): Promise<void> {
  if ([key, id, deleted, history, all].filter((choice) => choice !== undefined).length !== 1) command.error('error: say what: one of --key, --id, --deleted, --history and --all')
  const one = key !== undefined ? { agent_name: namespace, key } : id !== undefined ? { memory_id: id } : undefined
  const which: Purged = one ?? (deleted ? 'deleted' : 'all')
  const purged = await withTransaction(async (trx) => {
    const { user_id: userId } = await userOf(trx, email)
    const counts = history ? { memories: 0, versions: 0 } : await purgeMemories(trx, userId, which)
    if (one && counts.memories + counts.versions === 0) {
      throw new Refusal(`There is nothing to purge ${id === undefined ? `under key ${shown(key!)} in namespace ${shown(namespace)}` : `with the id ${shown(id)}`}.`)
    }
    if (!history) {
      await (which === 'all' ? deleteGraph(trx, userId) : deleteLostGraphNodes(trx, userId))
      await recountUsage(trx, userId)
    }
    const calls = await clearToolCalls(trx, userId)
    await audit(trx, 'memory.purged', { user_id: userId, details: { ...counts, calls, what: history ? 'history' : one ? 'one' : which } })
    return { user_id: userId, ...counts, calls }
  })
  print(options, purged, ({ memories, versions, calls }) => {
    const noted = `${calls} noted tool ${calls === 1 ? 'call' : 'calls'}`
    return `Purged ${history ? noted : `${memories} ${memories === 1 ? 'memory' : 'memories'} and ${versions} former ${versions === 1 ? 'version' : 'versions'}, and ${noted},`} of ${email}, for good.`
  })
}
