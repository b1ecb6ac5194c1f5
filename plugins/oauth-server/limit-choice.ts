import type { Db } from '../../db/connection/connect.ts'
import { listNamespaces } from '../../db/memory/stored-names.ts'
import { type AccessLimits, MAX_BOUND_NAMESPACES, noAccessLimits } from '../../db/schema/index.ts'
import { normalizeName } from '../../lib/names.ts'
import { limitPermissions, permissionsOf } from '../../tools/scopes.ts'
import { Parameters } from '../form-parameters.ts'

/** Characters of a namespace, as in the schema of `agent_name`. */
const MAX_NAMESPACE_LENGTH = 128

/** What pages show of the choice: the limits as they were chosen last, and what there is. */
export interface LimitChoice {
  access: AccessLimits['access']
  /** The chosen namespaces and the stored ones; at most 50. */
  namespaces: Array<{ name: string; checked: boolean }>
  isBound: boolean
  beyondNamespaces: boolean
}

/** The choice for a form of this person. `limits`: as they were chosen last. */
export async function limitChoice(
  db: Db,
  userId: string,
  limits: AccessLimits = noAccessLimits
): Promise<LimitChoice> {
  const chosenNames = limits.namespaces ?? []
  const storedNames = await listNamespaces(db, userId, MAX_BOUND_NAMESPACES)
  const names = [...new Set([...chosenNames, 'global', ...storedNames])]
  return {
    access: limits.access,
    namespaces: names
      .slice(0, MAX_BOUND_NAMESPACES)
      .toSorted()
      .map((name) => ({ name, checked: chosenNames.includes(name) })),
    isBound: limits.namespaces !== null,
    beyondNamespaces: limits.beyond_namespaces
  }
}

/** The fields of a form with the choice. A form without them allows everything. */
export function readLimits(answer: Parameters): AccessLimits {
  const isBound = answer.get('reach') === 'namespaces'
  // A stored name may be untidy; a typed one becomes tidy, as a tool would store it.
  const typedName = normalizeName(answer.get('new_namespace') ?? '')
  const names = [...answer.all('namespace'), ...(typedName === '' ? [] : [typedName])]
  return {
    access: answer.get('access') === 'read' ? 'read' : 'full',
    namespaces: isBound ? [...new Set(names)] : null,
    beyond_namespaces: isBound && answer.get('beyond') === 'yes',
    groups: null
  }
}

const fieldNames = ['access', 'reach', 'namespace', 'new_namespace', 'beyond']

/** The fields of the choice as text, which a notice keeps for the page that shows them again. */
export function typedChoice(answer: Parameters): string {
  const fields = fieldNames.flatMap((name) =>
    answer.all(name).map((value): [string, string] => [name, value])
  )
  return new URLSearchParams(fields).toString()
}

/** The limits of a choice that a notice kept; undefined without one. */
export function keptChoice(typed: string | string[] | undefined): AccessLimits | undefined {
  return typed === undefined ? undefined : readLimits(new Parameters(String(typed)))
}

/** Names of the texts that say what is wrong with a choice. */
export type LimitFault = 'noNamespace' | 'tooManyNamespaces' | 'nothingLeft'

/** Why the limits cannot be set on this scope; undefined when they can. */
export function limitFault(limits: AccessLimits, scope: string): LimitFault | undefined {
  const { namespaces } = limits
  if (namespaces?.length === 0) return 'noNamespace'
  if (
    namespaces &&
    (namespaces.length > MAX_BOUND_NAMESPACES ||
      namespaces.some((name) => name.length > MAX_NAMESPACE_LENGTH))
  ) {
    return 'tooManyNamespaces'
  }
  return limitPermissions(permissionsOf(scope), limits).size === 0 ? 'nothingLeft' : undefined
}

/** The limits in an audit entry: nothing where there are none. */
export function limitDetails(limits: AccessLimits): Record<string, unknown> {
  return {
    ...(limits.access !== 'full' && { access: limits.access }),
    ...(limits.groups && { groups: limits.groups }),
    ...(limits.namespaces && {
      namespaces: limits.namespaces,
      beyond_namespaces: limits.beyond_namespaces
    })
  }
}
