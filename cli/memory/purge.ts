import type { Command } from 'commander'
import type { Trx } from '../../db/connection/connect.ts'
import { deleteCodeProjects } from '../../db/code/projects.ts'
import { deleteCodingSessions } from '../../db/coding/sessions.ts'
import { deleteGraph } from '../../db/graph/nodes.ts'
import type { PurgeSelection } from '../../db/memory/expiry.ts'
import { deleteImportJobs } from '../../db/memory/import-jobs.ts'
import { recountMemoryUsage } from '../../db/memory/usage.ts'
import { clearToolCalls } from '../../db/audit/tool-calls.ts'
import { lockUser } from '../../db/people/users.ts'
import { deleteWebAnswers } from '../../db/web/answers.ts'
import { purgeSelection } from '../../domain/memory/purge.ts'
import { CommandRefusedError, quoteText } from '../arguments.ts'
import { runConfirmed, type WithYes } from '../confirm.ts'
import { recordAudit } from '../database.ts'
import { formatCount, printResult, type WithJson } from '../subcommand.ts'
import { requireUser } from '../user/record.ts'

interface PurgeOptions extends WithJson, WithYes {
  user: string
  key?: string
  namespace: string
  id?: string
  deleted?: true
  code?: true
  history?: true
  all?: true
}

interface PurgeCounts {
  memories: number
  versions: number
  code_projects: number
  calls: number
}

export async function purgeSelected(
  { json, yes, ...options }: PurgeOptions,
  command: Command
): Promise<void> {
  const { key, id, deleted, code, history, all } = options
  const purgeChoices = [key, id, deleted, code, history, all].filter(
    (choice) => choice !== undefined
  )
  if (purgeChoices.length !== 1) {
    command.error(
      'error: say what to purge: one of --key, --id, --deleted, --code, --history and --all'
    )
  }
  const purgeResult = await runConfirmed(
    (trx) => runPurge(trx, options),
    (counts) => `This permanently deletes ${describePurge(counts, options)}. It cannot be undone.`,
    { ...(yes && { yes }) }
  )
  printResult(
    { ...(json && { json }) },
    purgeResult,
    (counts) => `Permanently deleted ${describePurge(counts, options)}.`
  )
}

/** The memories to delete; undefined for --code and --history. */
function memorySelection({
  key,
  namespace,
  id,
  deleted,
  all
}: PurgeOptions): PurgeSelection | undefined {
  if (key !== undefined) return { agent_name: namespace, key }
  if (id !== undefined) return { memory_id: id }
  return deleted ? 'deleted' : all && 'all'
}

async function runPurge(
  trx: Trx,
  options: PurgeOptions
): Promise<PurgeCounts & { user_id: string }> {
  const { code, history, all } = options
  const { user_id } = await requireUser(trx, options.user)
  // Before all else: an undo locks the same memories in another order, and a concurrent restore
  // could bring purged memories back.
  await lockUser(trx, user_id)
  // Before the memories: the tools lock a session before its records.
  if (all) await deleteCodingSessions(trx, user_id)
  const memoryChoice = memorySelection(options)
  const memoryCounts =
    memoryChoice === undefined
      ? { memories: 0, versions: 0 }
      : await purgeChosen(trx, user_id, memoryChoice, options)
  if (all) await deleteWebAnswers(trx, user_id)
  if (all) await deleteImportJobs(trx, user_id)
  const projectCount = all || code ? await deleteCodeProjects(trx, user_id) : 0
  if (memoryChoice !== undefined) await recountMemoryUsage(trx, user_id)
  const callCount = await clearToolCalls(trx, user_id)
  const deletedCounts = { ...memoryCounts, code_projects: projectCount, calls: callCount }
  const isSingle = typeof memoryChoice === 'object'
  await recordAudit(trx, 'memory.purged', {
    user_id,
    details: {
      ...deletedCounts,
      what: code ? 'code' : history ? 'history' : isSingle ? 'one' : memoryChoice
    }
  })
  return { user_id, ...deletedCounts }
}

/** Deletes memories and what depends on them. Throws CommandRefusedError if one is missing. */
async function purgeChosen(
  trx: Trx,
  userId: string,
  selection: PurgeSelection,
  { key, namespace, id, all }: PurgeOptions
): Promise<{ memories: number; versions: number }> {
  const memoryCounts = await purgeSelection(trx, userId, selection)
  if (typeof selection === 'object' && memoryCounts.memories + memoryCounts.versions === 0) {
    const target =
      id === undefined
        ? `under key ${quoteText(key!)} in namespace ${quoteText(namespace)}`
        : `with the id ${quoteText(id)}`
    throw new CommandRefusedError(`There is nothing to purge ${target}.`)
  }
  if (all) await deleteGraph(trx, userId)
  return memoryCounts
}

function describePurge(
  { memories, versions, code_projects, calls }: PurgeCounts,
  options: PurgeOptions
): string {
  const deletedParts = [
    ...(memorySelection(options) === undefined
      ? []
      : [formatCount(memories, 'memory', 'memories'), formatCount(versions, 'previous version')]),
    ...(options.all || options.code
      ? [`the source code of ${formatCount(code_projects, 'project')}`]
      : []),
    formatCount(calls, 'recorded tool call')
  ]
  return `${deletedParts.join(', ').replace(/, (?=[^,]*$)/, ' and ')} of ${options.user}`
}
