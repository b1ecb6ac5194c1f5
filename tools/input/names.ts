import { hasMemoryName, hasProjectName } from '../../db/memory/stored-names.ts'
import type { Db } from '../../db/connection/connect.ts'
import { InvalidArgumentsError } from '../../lib/tool-error.ts'
import { normalizeName, normalizeNames } from '../../lib/names.ts'

/** Lists of names, which are stored and compared alike. */
const lists = ['tags', 'labels', 'assignees']
/** What names a memory, alone or among other things. */
const keys = ['key', 'parent_id', 'from', 'to', 'node_id']

/** Tools that make what they name: it gets its name as it should be. */
const makers = [
  'memory_store',
  'coding_start_session',
  'memory_record_interaction',
  'coding_link_github_issue'
]

type Arguments = Record<string, unknown>

/**
 * The names among the arguments, trimmed, composed and with single blanks. What was stored before
 * under an odd spelling is still found by exactly that spelling. Throws InvalidArgumentsError.
 */
export async function readNames(
  tool: string,
  args: Arguments,
  { db, principal }: { db: Db; principal: { user_id: string } }
): Promise<Arguments> {
  const named: Arguments = { ...args }
  for (const list of lists) {
    if (Array.isArray(args[list])) named[list] = normalizeNames(args[list].map(String))
  }
  const odd = [...keys, 'agent_name', 'project_id'].filter((name) => isOdd(args[name]))
  for (const name of odd) named[name] = normalizeName(args[name] as string)
  if (odd.length > 0 && !makers.includes(tool)) {
    Object.assign(named, await storedSpelling(db, principal.user_id, odd, args, named))
  }
  if (named['agent_name'] === '') delete named['agent_name']
  const blank = odd.find((name) => named[name] === '')
  if (blank) {
    throw new InvalidArgumentsError(
      `Invalid arguments: ${blank} has nothing but blanks. Give a name and call again.`
    )
  }
  return named
}

function isOdd(value: unknown): value is string {
  return typeof value === 'string' && normalizeName(value) !== value
}

/** Those of the odd names under which something is stored. */
async function storedSpelling(
  db: Db,
  userId: string,
  odd: string[],
  args: Arguments,
  named: Arguments
): Promise<Arguments> {
  const stored: Arguments = {}
  for (const name of odd) {
    const written = args[name] as string
    const isStored =
      name === 'project_id'
        ? await hasProjectName(db, userId, written)
        : name === 'agent_name'
          ? await hasMemoryName(db, userId, { agent_name: written })
          : await hasMemoryName(db, userId, {
              key: written,
              agent_name: String(args['agent_name'] ?? named['agent_name'] ?? 'global')
            })
    if (isStored) stored[name] = written
  }
  return stored
}
