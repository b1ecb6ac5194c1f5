import type { Db } from '../../db/connection/connect.ts'
import {
  API_KEY_PREFIX,
  findApiKey,
  listLiveApiKeys,
  type PresentedApiKey
} from '../../db/people/api-keys.ts'
import {
  ACCESS_TOKEN_PREFIX,
  findAccessToken,
  listLiveAccessTokens,
  type PresentedAccessToken
} from '../../db/oauth/tokens.ts'
import { type ToolGroup, groupsOf, commonGroups } from '../../tools/scopes.ts'
import type { Principal } from '../../tools/tool.ts'
import { endedConnectionText } from './ended-connection.ts'
import { BearerError } from '../../lib/errors.ts'

/** A proven credential. */
export interface Credential {
  kind: 'oauth' | 'api_key'
  /** token_id or key_id: what revocation is watched by. */
  id: string
  principal: Principal
  /**
   * Thumbprint of the key that it is bound to, of which each request brings a proof; null: who has
   * it may use it.
   */
  jkt: string | null
  /** Groups that asking again could bring: what the client is registered for. */
  grantable: ReadonlySet<ToolGroup>
}

/** What may be said of a credential's fate, and the slug for the audit log. */
const problems = {
  unknown: 'The access token or API key is not known here. Sign in again, or use another key.',
  revoked: 'The access token or API key was revoked. Sign in again, or use another key.',
  expired:
    'The access token or API key has expired. Refresh it, sign in again, or use another key.',
  disabled: 'The account or the client was disabled by the administrator.',
  audience: 'The access token was issued for another resource.'
}

function refused(reason: keyof typeof problems): BearerError {
  return new BearerError(401, 'invalid_token', problems[reason], { reason: `token_${reason}` })
}

/** Proves an API key or an access token; the prefix decides which it is. Throws BearerError 401. */
export async function proveCredential(
  db: Db,
  secret: string,
  isAudience: (resource: string) => boolean
): Promise<Credential> {
  if (secret.startsWith(API_KEY_PREFIX)) {
    const key = await findApiKey(db, secret)
    if (!key || key.problem) throw refused(key?.problem ?? 'unknown')
    return ofApiKey(key)
  }
  const token = secret.startsWith(ACCESS_TOKEN_PREFIX)
    ? await findAccessToken(db, secret)
    : undefined
  if (token?.problem === 'revoked' && token.ended_at !== null) {
    throw new BearerError(401, 'invalid_token', endedConnectionText(token), {
      reason: 'token_revoked'
    })
  }
  if (!token || token.problem) throw refused(token?.problem ?? 'unknown')
  if (!isAudience(token.resource)) throw refused('audience')
  return ofAccessToken(token)
}

/**
 * Those of the credentials that still count, as they are now: one query for each kind, however many
 * there are.
 */
export async function stillValid(
  db: Db,
  credentials: Iterable<Credential>
): Promise<Map<string, Credential>> {
  const ids = { oauth: new Set<string>(), api_key: new Set<string>() }
  const names = new Map<string, string>()
  for (const { kind, id, principal } of credentials) {
    ids[kind].add(id)
    names.set(id, principal.source.name)
  }
  const [tokens, keys] = await Promise.all([
    listLiveAccessTokens(db, [...ids.oauth]),
    listLiveApiKeys(db, [...ids.api_key])
  ])
  return new Map(
    [
      ...tokens.map(ofAccessToken),
      ...keys.map((key) => ofApiKey({ ...key, name: names.get(key.key_id) ?? '' }))
    ].map((live) => [live.id, live])
  )
}

function ofApiKey({
  key_id: id,
  name,
  scope,
  user_id: userId,
  role
}: Omit<PresentedApiKey, 'problem'>): Credential {
  const covered = groupsOf(scope)
  return {
    kind: 'api_key',
    id,
    jkt: null,
    grantable: covered,
    principal: {
      user_id: userId,
      role,
      groups: covered,
      source: { kind: 'api_key', name, key_id: id }
    }
  }
}

/** Effective scope = granted ∩ client's, on groups, at this moment. */
function ofAccessToken(token: PresentedAccessToken): Credential {
  const grantable = groupsOf(token.client_scope)
  return {
    kind: 'oauth',
    id: token.token_id,
    jkt: token.dpop_jkt,
    grantable,
    principal: {
      user_id: token.user_id,
      role: token.role,
      groups: commonGroups(groupsOf(token.scope), grantable),
      source: {
        kind: 'oauth',
        name: token.client_name,
        client_id: token.client_id,
        grant_id: token.grant_id
      }
    }
  }
}
