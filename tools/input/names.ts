import type { DataContext } from '../../domain/context.ts'
import { isStoredName, type NameKind } from '../../domain/memory/stored-spelling.ts'
import { normalizeName, normalizeNames } from '../../lib/names.ts'
import { InvalidArgumentsError } from '../../lib/tool-error.ts'

/** Lists of names. Each name of one is stored and compared in the same spelling. */
const listArguments = ['tags', 'labels', 'assignees']

/** Arguments that hold one name, or may hold one among other texts. */
const nameKinds: Record<string, NameKind> = {
  key: 'key',
  parent_id: 'key',
  from: 'key',
  to: 'key',
  node_id: 'key',
  agent_name: 'namespace',
  project_id: 'project'
}

/** Tools that create what they name. The new thing gets the tidy spelling. */
const creatingTools = [
  'memory_store',
  'coding_start_session',
  'memory_record_interaction',
  'coding_link_github_issue'
]

type ToolArguments = Record<string, unknown>

/**
 * Tidies the names among the arguments: trimmed, composed characters, single blanks. A name that
 * was stored earlier under an untidy spelling keeps it, so that it is still found.
 * Throws InvalidArgumentsError.
 */
export async function readNames(
  toolName: string,
  args: ToolArguments,
  context: DataContext
): Promise<ToolArguments> {
  const tidyArgs: ToolArguments = { ...args }
  for (const listName of listArguments) {
    if (Array.isArray(args[listName])) {
      tidyArgs[listName] = normalizeNames(args[listName].map(String))
    }
  }
  const untidy = Object.keys(nameKinds).filter((argument) => isUntidy(args[argument]))
  for (const argument of untidy) tidyArgs[argument] = normalizeName(args[argument] as string)
  if (!creatingTools.includes(toolName)) {
    Object.assign(tidyArgs, await storedSpellings(untidy, args, tidyArgs, context))
  }
  if (tidyArgs['agent_name'] === '') delete tidyArgs['agent_name']
  const blankArgument = untidy.find((argument) => tidyArgs[argument] === '')
  if (blankArgument) {
    throw new InvalidArgumentsError(
      `Invalid arguments: ${blankArgument} contains only blanks. Give a name and call again.`
    )
  }
  return tidyArgs
}

function isUntidy(value: unknown): value is string {
  return typeof value === 'string' && normalizeName(value) !== value
}

/** Those of the untidy names that are stored exactly as they were sent. */
async function storedSpellings(
  untidy: string[],
  args: ToolArguments,
  tidyArgs: ToolArguments,
  context: DataContext
): Promise<ToolArguments> {
  const agentName = args['agent_name'] ?? tidyArgs['agent_name']
  const stored: ToolArguments = {}
  for (const argument of untidy) {
    const name = args[argument] as string
    const isStored = await isStoredName(context, nameKinds[argument]!, {
      name,
      agentName: agentName === undefined ? undefined : String(agentName)
    })
    if (isStored) stored[argument] = name
  }
  return stored
}
