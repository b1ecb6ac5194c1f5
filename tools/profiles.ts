import { findTool, allTools } from './index.ts'
import { neededPermissions, permissionsOf, scopesSupported, type ToolGroup } from './scopes.ts'
import { toolLists } from './lists.ts'
import type { Tool } from './tool.ts'

const ofGroup = (group: ToolGroup) => (tool: Tool) => tool.groups.includes(group)

/**
 * The tools that `?profile=` lists. A profile only shortens the list: scope and role alone decide
 * what a client may call.
 */
export const toolProfiles: Readonly<Record<string, (tool: Tool) => boolean>> = {
  core: (tool) => toolLists.essential.has(tool),
  memory: ofGroup('memory'),
  coding: ofGroup('coding'),
  web: ofGroup('web'),
  full: () => true
}

/** `?profile=` or `?tools=` has an unknown name. The message lists the known ones. */
export class UnknownChoiceError extends Error {}

const MAX_PARAMETERS = 100

/**
 * The tools that `?profile=` and `?tools=` of a URL choose, comma-separated or repeated: the union
 * of all profiles and tools in them. `fallback` has the profiles of a URL with neither. Throws
 * UnknownChoice.
 */
export function chosenTools(url: string, fallback: string): ReadonlySet<Tool> {
  const query = new URLSearchParams(/\?(.*)/s.exec(url)?.[1])
  if (query.size > MAX_PARAMETERS) throw new UnknownChoiceError('Too many parameters.')
  const namedTools = splitNames(query.getAll('tools')).map(
    (name) =>
      findTool(name) ??
      refuseChoice(
        'tool',
        name,
        allTools.map((tool) => tool.name)
      )
  )
  const profileNames = splitNames(query.getAll('profile'))
  if (namedTools.length + profileNames.length === 0) profileNames.push(...splitNames([fallback]))
  const profileTests = profileNames.map((name) =>
    Object.hasOwn(toolProfiles, name)
      ? toolProfiles[name]!
      : refuseChoice('profile', name, Object.keys(toolProfiles))
  )
  return new Set(
    allTools.filter((tool) => namedTools.includes(tool) || profileTests.some((test) => test(tool)))
  )
}

/** Whether a URL chooses tools. It counts more than what the person chose for the app. */
export function choosesTools(url: string): boolean {
  const query = new URLSearchParams(/\?(.*)/s.exec(url)?.[1])
  return splitNames([...query.getAll('tools'), ...query.getAll('profile')]).length > 0
}

function splitNames(values: string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter(Boolean)
}

function refuseChoice(what: string, name: string, known: string[]): never {
  throw new UnknownChoiceError(
    `There is no ${what} "${name.slice(0, 64)}". There are: ${known.join(', ')}.`
  )
}

/** The scopes that each cover the tool, the widest last. */
export function scopesFor(tool: Tool): string[] {
  const needed = neededPermissions(tool)
  return scopesSupported
    .filter((scope) => needed.some((permission) => permissionsOf(scope).has(permission)))
    .toSorted((first, second) => permissionsOf(first).size - permissionsOf(second).size)
}
