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
 * Names of other memory services for an argument of ours: dropping these would act on something
 * else.
 */
const synonyms: Record<string, string> = {
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
 * What an argument that the tool does not take was likely meant to be, or undefined when a client
 * added it. `properties` are those that the tool takes, `given` what the call has.
 */
export function misspelled(
  { name, value }: UnknownArgument,
  {
    properties,
    required,
    given
  }: { properties: string[]; required: readonly string[]; given: readonly string[] }
): string | undefined {
  if (isEmpty(value)) return undefined
  const written = squashed(name)
  const free = properties.filter((property) => !given.includes(property))
  const meant =
    free.find((property) => squashed(property) === written || synonyms[written] === property) ??
    nearestOf(written, free)
  return meant !== undefined && addedByClients.has(written) && !required.includes(meant)
    ? undefined
    : meant
}

function nearestOf(written: string, properties: string[]): string | undefined {
  if (written.length < 3) return undefined
  const most = written.length < 4 ? 0 : written.length < 8 ? 1 : 2
  return properties
    .map((property) => ({ property, distance: distance(written, squashed(property)) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)[0]?.property
}

/** A plural is no mistake in spelling, but it is one all the same. */
function distance(a: string, b: string): number {
  return `${a}s` === b || a === `${b}s` ? 0 : editDistance(a, b)
}

function squashed(name: string): string {
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
