import type { Command } from 'commander'
import type { Trx } from '../db/connection/connect.ts'
import { deleteCodeProjects } from '../db/code/projects.ts'
import { deleteCodingSessions } from '../db/coding/sessions.ts'
import { deleteGraph, deleteLostGraphNodes } from '../db/graph/nodes.ts'
import { type PurgeSelection, purgeMemories } from '../db/memory/expiry.ts'
import type { WriterFilter } from '../db/connection/writers.ts'
import { listWriters } from '../db/memory/history.ts'
import { recountMemoryUsage } from '../db/memory/usage.ts'
import { clearToolCalls } from '../db/audit/tool-calls.ts'
import { lockUser } from '../db/people/users.ts'
import { deleteWebAnswers } from '../db/web/answers.ts'
import { deleteLostRecords } from '../domain/coding/lost-records.ts'
import { undoLinks } from '../domain/graph/undo.ts'
import { GLOBAL_NAMESPACE } from '../domain/memory/fields.ts'
import { undoMemoryChanges } from '../domain/memory/undo.ts'
import { emailAddress, Refusal, shown, timeGiven } from './arguments.ts'
import { confirmed, type WithYes, yesOption } from './confirm.ts'
import { audit, withTransaction } from './database.ts'
import { keyOf } from './key.ts'
import { counted, minute, noun, print, subcommand, table, type WithJson } from './subcommand.ts'
import { addTransferCommands } from './memory-transfer.ts'
import { userOf } from './user/record.ts'

export function addMemoryCommands(kagura: Command): void {
  const group = noun(
    kagura,
    'memory',
    'What is remembered for people.',
    'kagura memory undo --user ada@example.com --client ChatGPT --since 24h --dry-run'
  )
  subcommand(
    group,
    'undo',
    'Takes back what one app wrote, changed or deleted since a time, all of it or nothing. What somebody else changed afterwards is listed and kept.',
    'kagura memory undo --user ada@example.com --client ChatGPT --since 2026-01-31T09:00:00Z'
  )
    .requiredOption('--user <email>', 'whose memories', emailAddress)
    .requiredOption(
      '--since <time>',
      'from when on: a time like 2026-01-31T09:00:00Z, or how long ago: 90m, 24h, 7d',
      timeGiven
    )
    .option(
      '--client <name>',
      'the app: its name as the history shows it, its client id, or the id of one grant'
    )
    .option('--key <key>', 'or the API key: its id or its prefix as listed')
    .option('--dry-run', 'only list what would be done')
    .action(undoMemories)
  subcommand(
    group,
    'purge',
    'Deletes for good what is remembered, with all versions, and always the history of tool calls, which may hold parts of it. Nobody can restore it. Apps, keys and a GitHub token stay: revoke these.',
    'kagura memory purge --user ada@example.com --key password'
  )
    .requiredOption('--user <email>', 'whose memories', emailAddress)
    .option('--key <key>', 'what is or was under this key')
    .option('--namespace <name>', 'the namespace of the key', GLOBAL_NAMESPACE)
    .option('--id <id>', 'or one memory, by its id')
    .option('--deleted', 'or everything that is deleted and could still be restored')
    .option('--code', 'or the source code that is indexed')
    .option('--history', 'or only the history of tool calls')
    .option(
      '--all',
      'or everything: memories, links, coding sessions, indexed source code, kept answers of the web'
    )
    .option(...yesOption)
    .action(purge)
  addTransferCommands(group)
}

interface Undo extends WithJson {
  user: string
  since: Date
  client?: string
  key?: string
  dryRun?: true
}

async function undoMemories(
  { user: email, since, client, key, dryRun, ...options }: Undo,
  command: Command
): Promise<void> {
  if ((client === undefined) === (key === undefined)) {
    command.error('error: say whose changes: --client or --key')
  }
  const result = await withTransaction(async (trx) => {
    const { user_id: userId } = await userOf(trx, email)
    const by: WriterFilter =
      key !== undefined
        ? { key_id: (await keyOf(trx, key)).key_id }
        : { client_id: client!, grant_id: client!, name: client! }
    const { undone, conflicts } = await undoMemoryChanges(trx, userId, by, since, {
      dry: dryRun === true
    })
    const links = await undoLinks(trx, userId, by, since, { dry: dryRun === true })
    const nothing =
      undone.length + conflicts.length + links.undone.length + links.conflicts.length === 0
    const writers = nothing ? await listWriters(trx, userId, since) : []
    if (!dryRun && undone.length + links.undone.length > 0) {
      const details = {
        of: client ?? key,
        since: since.toISOString(),
        undone: undone.length,
        conflicts: conflicts.length,
        links: links.undone.length
      }
      await audit(trx, 'memory.undone', { user_id: userId, details })
    }
    return {
      user_id: userId,
      of: by,
      since: since.toISOString(),
      dry_run: dryRun === true,
      undone,
      conflicts,
      links,
      nothing,
      writers
    }
  })
  const { writers, nothing, ...said } = result
  print(options, said, ({ undone, conflicts, links }) => {
    if (nothing) {
      return `Nothing to undo: ${client ?? key} wrote nothing since ${minute(since)} that still stands.${writers.length > 0 ? ` Who did: ${writers.join(', ')}.` : ''}`
    }
    const head = dryRun ? 'Would be undone' : 'Undone'
    const kept = 'Kept, because somebody else changed them afterwards'
    const named = ({ type, from, to }: { type: string; from: string; to: string }) =>
      `${from} ${type} ${to}`
    return [
      `${head}: ${counted(undone.length, 'memory', 'memories')}`,
      table(
        ['change', 'namespace', 'key', 'version'],
        undone.map((one) => [one.change, one.agent_name, one.key, String(one.to_version ?? '-')]),
        ''
      ),
      ...(conflicts.length > 0
        ? [
            `${kept}: ${conflicts.length}`,
            table(
              ['namespace', 'key', 'changed by', 'at'],
              conflicts.map((one) => [one.agent_name, one.key, one.changed_by, one.changed_at]),
              ''
            )
          ]
        : []),
      ...(links.undone.length > 0
        ? [
            `${head}: ${counted(links.undone.length, 'link')}`,
            table(
              ['change', 'link'],
              links.undone.map((one) => [one.change, named(one)]),
              ''
            )
          ]
        : []),
      ...(links.conflicts.length > 0
        ? [
            `${kept}: ${links.conflicts.length}`,
            table(
              ['link', 'changed by', 'at'],
              links.conflicts.map((one) => [named(one), one.changed_by, one.changed_at]),
              ''
            )
          ]
        : [])
    ]
      .filter(Boolean)
      .join('\n')
  })
}

interface Purge extends WithJson, WithYes {
  user: string
  key?: string
  namespace: string
  id?: string
  deleted?: true
  code?: true
  history?: true
  all?: true
}

async function purge(
  { user: email, key, namespace, id, deleted, code, history, all, yes, ...options }: Purge,
  command: Command
): Promise<void> {
  if (
    [key, id, deleted, code, history, all].filter((choice) => choice !== undefined).length !== 1
  ) {
    command.error('error: say what: one of --key, --id, --deleted, --code, --history and --all')
  }
  const one =
    key !== undefined
      ? { agent_name: namespace, key }
      : id !== undefined
        ? { memory_id: id }
        : undefined
  const which: PurgeSelection | undefined = one ?? (deleted ? 'deleted' : all && 'all')
  const work = async (trx: Trx) => {
    const { user_id: userId } = await userOf(trx, email)
    await lockUser(trx, userId) // an undo would lock the same memories in another order, and a restore bring back what is purged
    if (all) await deleteCodingSessions(trx, userId) // before the memories: a record locks its session first
    const counts =
      which === undefined ? { memories: 0, versions: 0 } : await purgeMemories(trx, userId, which)
    if (one && counts.memories + counts.versions === 0) {
      throw new Refusal(
        `There is nothing to purge ${id === undefined ? `under key ${shown(key!)} in namespace ${shown(namespace)}` : `with the id ${shown(id)}`}.`
      )
    }
    if (which !== undefined) {
      await (all ? deleteGraph(trx, userId) : deleteLostGraphNodes(trx, userId))
      if (!all) await deleteLostRecords(trx, userId)
    }
    if (all) await deleteWebAnswers(trx, userId)
    const projects = all || code ? await deleteCodeProjects(trx, userId) : 0
    if (which !== undefined) await recountMemoryUsage(trx, userId)
    const calls = await clearToolCalls(trx, userId)
    await audit(trx, 'memory.purged', {
      user_id: userId,
      details: {
        ...counts,
        code_projects: projects,
        calls,
        what: code ? 'code' : history ? 'history' : one ? 'one' : which
      }
    })
    return { user_id: userId, ...counts, code_projects: projects, calls }
  }
  type Result = Awaited<ReturnType<typeof work>>
  const things = ({ memories, versions, code_projects: projects, calls }: Result) => {
    const parts = [
      ...(which === undefined
        ? []
        : [counted(memories, 'memory', 'memories'), counted(versions, 'former version')]),
      ...(all || code ? [`the source code of ${counted(projects, 'project')}`] : []),
      counted(calls, 'noted tool call')
    ]
    return `${parts.join(', ').replace(/, (?=[^,]*$)/, ' and ')} of ${email}, for good`
  }
  const purged = await confirmed(
    work,
    (result) => `This deletes ${things(result)}: nobody can restore it.`,
    { ...(yes && { yes }) }
  )
  print(options, purged, (result) => `Purged ${things(result)}.`)
}
