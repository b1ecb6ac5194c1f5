import { groupsOf, groupTexts } from '../../tools/scopes.ts'

/** Which part of its lists the account page shows: the query of its URL. */
export interface AccountView {
  /** A client_id: the page shows only the installations of this app. */
  app?: string | undefined
  /** The grant_id after which the installations of that app begin. */
  after?: string | undefined
  /** How many apps precede the page. */
  apps?: number | undefined
  /** The key_id after which the active keys begin. */
  keys?: string | undefined
  /** The key_id after which the ended keys begin. */
  ended?: string | undefined
}

/** A link to another page of a list. `anchor`: the section of the account page. */
export function listLink(query: Record<string, string>, anchor: string): string {
  return `/account?${new URLSearchParams(query).toString()}#${anchor}`
}

/** The titles of the groups that a scope grants. */
export function groupTitles(scope: string): string[] {
  return [...groupsOf(scope)].map((group) => groupTexts[group].title)
}
