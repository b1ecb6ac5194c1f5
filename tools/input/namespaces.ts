import type { TObject } from 'typebox'
import type { Caller } from '../../domain/context.ts'
import { defaultNamespace } from '../../domain/memory/fields.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { ArgumentDefaults } from './arguments.ts'

const namespaceList = new Intl.ListFormat('en')
/** Namespaces that a text names. */
const MAX_NAMED = 10

type BoundCaller = Pick<Caller, 'namespaces'>

/** The default namespace of a bound caller is one of its own, where a tool has a default. */
export function limitedDefaults(input: TObject, { namespaces }: BoundCaller): ArgumentDefaults {
  const { agent_name: schema } = input.properties as Record<string, object>
  return namespaces && schema && 'default' in schema
    ? { agent_name: defaultNamespace({ namespaces }) }
    : {}
}

/** The input schema as a bound caller sees it in the list of tools. */
export function limitInput(input: TObject, caller: BoundCaller): TObject {
  const { agent_name: schema, ...properties } = input.properties as Record<string, object>
  if (!caller.namespaces || !schema) return input
  const boundSchema = {
    ...schema,
    description: `One of ${nameList(caller.namespaces)}.`,
    ...('default' in schema && { default: limitedDefaults(input, caller)['agent_name'] })
  }
  return { ...input, properties: { ...properties, agent_name: boundSchema } } as TObject
}

/** Throws ToolError when a bound caller names another namespace than its own. */
export function requireOwnNamespace(
  { agent_name: agentName }: Record<string, unknown>,
  { namespaces }: BoundCaller
): void {
  if (!namespaces || agentName === undefined || namespaces.includes(agentName as string)) return
  throw new ToolError(
    `This app may only use the ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ` +
      `${nameList(namespaces)}. Give one of them as agent_name. ` +
      'The owner can change that under Apps & keys.'
  )
}

function nameList(namespaces: readonly string[]): string {
  const names = namespaces.slice(0, MAX_NAMED).map((name) => JSON.stringify(name))
  const omitted = namespaces.length - names.length
  return namespaceList.format(omitted > 0 ? [...names, `${omitted} others`] : names)
}
