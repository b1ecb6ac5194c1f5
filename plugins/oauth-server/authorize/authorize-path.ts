export const AUTHORIZE_PATH = '/api/v1/oauth/authorize'

/** Path and query of an authorization request here: where sign-in and consent lead back to. */
export function authorizePath(query: string): string {
  return `${AUTHORIZE_PATH}?${query}`
}

/** The query of such a path, also of the one at the origin root; undefined for other paths. */
export function authorizeQuery(path: string): string | undefined {
  return /^\/(?:api\/v1\/oauth\/)?authorize\/?\?(.*)$/s.exec(path)?.[1]
}
