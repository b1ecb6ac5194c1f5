import type { ColumnType, Generated } from 'kysely'

/** What a person allows an app or a key within its scope. It counts from the next request on. */
export interface AccessLimits {
  access: 'full' | 'read'
  /** At least one namespace of memories; null is all. */
  namespaces: string[] | null
  /**
   * Whether an app of some namespaces may also use what belongs to none: coding sessions, source
   * code and the web.
   */
  beyond_namespaces: boolean
  /** The groups of tools that remain of the scope; null is all. */
  groups: string[] | null
}

/** The same as columns of oauth_grants and api_keys. */
export interface AccessLimitColumns {
  access: Generated<AccessLimits['access']>
  namespaces: ColumnType<string[] | null, string[] | null | undefined, string[] | null>
  beyond_namespaces: Generated<boolean>
  groups: ColumnType<string[] | null, string[] | null | undefined, string[] | null>
}

export const accessLimitColumns = [
  'access',
  'namespaces',
  'beyond_namespaces',
  'groups'
] as const satisfies Array<keyof AccessLimits>

/** The limits of an app that a person did not narrow. */
export const noAccessLimits: AccessLimits = {
  access: 'full',
  namespaces: null,
  beyond_namespaces: false,
  groups: null
}

/** How many namespaces one app or key can be bound to; the tables check it. */
export const MAX_BOUND_NAMESPACES = 50
