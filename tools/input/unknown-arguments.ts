import { editDistance } from '../../lib/edit-distance.ts'

/**
 * Arguments that clients add by themselves (n8n, Cursor, Cline, OpenAPI gateways), without
 * separators.
 */
const addedByClients = new Set([
  'toolcallid',
  'callid',
  'sessionid',
  'action',
  'chatinput',
  'randomstring',
  'taskprogress',
  'filter',
  'filters',
  'requestid',
  'tool',
  'toolname',
  'messageid',
  'traceid',
  'meta',
  'dummy',
  'noparams',
  'explanation',
  'reason',
  'reasoning',
  'thought'
])

/**
 * Names that other memory services use for our arguments. Ignoring one would act on the wrong
 * namespace or project.
 */
const argumentSynonyms: Record<string, string> = {
  namespace: 'agent_name',
  agent: 'agent_name',
  agentid: 'agent_name',
  project: 'project_id',
  projectname: 'project_id'
}

export interface UnknownArgument {
  name: string
  value: unknown
}

/**
 * The argument that an unknown one was likely meant to be. Undefined when it resembles none, or
 * when a client added it. `properties` are the tool's arguments, `sentNames` those of the call.
 */
export function intendedArgument(
  { name, value }: UnknownArgument,
  {
    properties,
    required,
    sentNames
  }: { properties: string[]; required: readonly string[]; sentNames: readonly string[] }
): string | undefined {
  if (isEmpty(value)) return undefined
  const squashedName = squashName(name)
  const unusedProperties = properties.filter((property) => !sentNames.includes(property))
  const intendedProperty =
    unusedProperties.find(
      (property) =>
        squashName(property) === squashedName || argumentSynonyms[squashedName] === property
    ) ?? nearestOf(squashedName, unusedProperties)
  return intendedProperty !== undefined &&
    addedByClients.has(squashedName) &&
    !required.includes(intendedProperty)
    ? undefined
    : intendedProperty
}

function nearestOf(written: string, properties: string[]): string | undefined {
  if (written.length < 3) return undefined
  const maxDistance = written.length < 4 ? 0 : written.length < 8 ? 1 : 2
  return properties
    .map((property) => ({ property, distance: nameDistance(written, squashName(property)) }))
    .filter(({ distance }) => distance <= maxDistance)
    .sort((a, b) => a.distance - b.distance)[0]?.property
}

/** Counts a plural as the same name. */
function nameDistance(a: string, b: string): number {
  return `${a}s` === b || a === `${b}s` ? 0 : editDistance(a, b)
}

function squashName(name: string): string {
  return name
    .slice(0, 64)
    .toLowerCase()
    .replace(/[\s_.-]+/g, '')
}

function isEmpty(value: unknown): boolean {
  return (
    value === '' || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
  )
}
