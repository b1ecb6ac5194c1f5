import type { Db } from '../../db/connection/connect.ts'
import { findAppChoice } from '../../db/oauth/app-choices.ts'
import { findKeyToolList } from '../../db/people/api-keys.ts'
import type { ToolList } from '../../db/schema/index.ts'
import { chosenTools, choosesTools, toolListProfiles } from '../../tools/profiles.ts'
import type { Principal, Tool } from '../../tools/tool.ts'

/**
 * The tools that a list names: those of the URL's `?profile=` and `?tools=`, else those that the
 * person chose for the app or key, else all. A list only shortens: scope and role decide what the
 * app may call. Throws UnknownChoiceError.
 */
export async function toolsToList(
  db: Db,
  url: string,
  principal: Principal
): Promise<ReadonlySet<Tool>> {
  if (choosesTools(url)) return chosenTools(url, 'full')
  const toolList = await findToolList(db, principal)
  return chosenTools(url, toolList === null ? 'full' : toolListProfiles[toolList])
}

async function findToolList(
  db: Db,
  { user_id: userId, source }: Principal
): Promise<ToolList | null> {
  if (source.key_id !== undefined) return findKeyToolList(db, source.key_id)
  if (source.client_id === undefined) return null
  return (await findAppChoice(db, userId, source.client_id))?.tool_list ?? null
}
