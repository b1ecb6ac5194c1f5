import type { FastifyInstance } from 'fastify'
import type { Db } from '../../db/connection/connect.ts'
import { findAppChoice } from '../../db/oauth/app-choices.ts'
import { findKeyToolList } from '../../db/people/api-keys.ts'
import type { ToolList } from '../../db/schema/index.ts'
import { toolsFor } from '../../tools/index.ts'
import { type ListExtras, toolsJson } from '../../tools/listing.ts'
import { automaticList, toolLists } from '../../tools/lists.ts'
import { chosenTools, choosesTools } from '../../tools/profiles.ts'
import type { Principal, Tool } from '../../tools/tool.ts'

/** Who asks for a list of tools, and how. */
export interface ListRequest {
  /** The URL of the request; its `?profile=` and `?tools=` count more than anything else. */
  url: string
  principal: Principal
  /** What an MCP client calls itself, if it does. */
  clientName?: string | undefined
  /** What MCP Apps and the like need in the list. */
  extras?: ListExtras
}

/**
 * The `tools` of an answer to tools/list of MCP, as JSON text: those that the URL chooses, else
 * those that the person chose for the app or key, else a short list by scope and client name. A
 * list only shortens: scope and role decide what the app may call. Throws UnknownChoiceError.
 */
export async function listToolsJson(app: FastifyInstance, request: ListRequest): Promise<string> {
  const { url, principal, clientName, extras } = request
  const automatic = automaticList(principal, clientName)
  const listedTools = await toolsToList(app.db, url, principal, automatic)
  const tools = toolsFor(principal, app.web.providers).filter((tool) => listedTools.has(tool))
  return toolsJson(tools, principal, extras)
}

/**
 * The tools that a list names: those of the URL's `?profile=` and `?tools=`, else those that the
 * person chose for the app or key, else those of `automatic`. Throws UnknownChoiceError.
 */
export async function toolsToList(
  db: Db,
  url: string,
  principal: Principal,
  automatic: ToolList = 'everything'
): Promise<ReadonlySet<Tool>> {
  if (choosesTools(url)) return chosenTools(url, 'full')
  return toolLists[(await findToolList(db, principal)) ?? automatic]
}

/** The list that the person chose for the app or key of a principal; null if none. */
export async function findToolList(
  db: Db,
  { user_id: userId, source }: Principal
): Promise<ToolList | null> {
  if (source.key_id !== undefined) return findKeyToolList(db, source.key_id)
  if (source.client_id === undefined) return null
  return (await findAppChoice(db, userId, source.client_id))?.tool_list ?? null
}
