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
import type { AccessLimits, ToolList } from '../../db/schema/index.ts'
import {
  commonGroups,
  limitPermissions,
  type Permission,
  permissionsOf
} from '../../tools/scopes.ts'
import type { Principal } from '../../tools/tool.ts'
import { endedConnectionText } from './ended-connection.ts'
import { BearerError } from '../../lib/errors.ts'

/** A proven credential. */
export interface Credential {
  kind: 'oauth' | 'api_key'
  /** token_id or key_id, by which live connections notice a revocation. */
  id: string
  principal: Principal
  /** Thumbprint of the key that each request must prove to have; null for bearer credentials. */
  jkt: string | null
  /** What a new authorization could bring: what the client is registered for. */
  grantable: ReadonlySet<Permission>
  /** What was granted. The limits that the owner set leave `principal.permissions` of it. */
  granted: ReadonlySet<Permission>
  limits: AccessLimits
  /** The list of tools that the person chose for the app or key; only listValidCredentials tells. */
  toolList?: ToolList | null
}

/** What the client learns for each problem. The slug for the audit log is token_ and the key. */
const problemTexts = {
  unknown: 'This access token or API key is unknown. Sign in again, or use another key.',
  revoked: 'The access token or API key was revoked. Sign in again, or use another key.',
  expired:
    'The access token or API key has expired. Refresh it, sign in again, or use another key.',
  disabled: 'The account or the client was disabled by the administrator.',
  audience: 'The access token was issued for another resource.'
}

function refusedCredential(reason: keyof typeof problemTexts): BearerError {
  return new BearerError(401, 'invalid_token', problemTexts[reason], { reason: `token_${reason}` })
}

/** Proves an API key or an access token, which its prefix tells. Throws BearerError 401. */
export async function proveCredential(
  db: Db,
  secret: string,
  isAudience: (resource: string) => boolean
): Promise<Credential> {
  if (secret.startsWith(API_KEY_PREFIX)) {
    const apiKey = await findApiKey(db, secret)
    if (!apiKey || apiKey.problem) throw refusedCredential(apiKey?.problem ?? 'unknown')
    return apiKeyCredential(apiKey)
  }
  const accessToken = secret.startsWith(ACCESS_TOKEN_PREFIX)
    ? await findAccessToken(db, secret)
    : undefined
  if (accessToken?.problem === 'revoked' && accessToken.ended_at !== null) {
    throw new BearerError(401, 'invalid_token', endedConnectionText(accessToken), {
      reason: 'token_revoked'
    })
  }
  if (!accessToken || accessToken.problem) {
    throw refusedCredential(accessToken?.problem ?? 'unknown')
  }
  if (!isAudience(accessToken.resource)) throw refusedCredential('audience')
  return accessTokenCredential(accessToken)
}

/**
 * The credentials that are still valid, as they are now, by id. One query for each kind, however
 * many there are.
 */
export async function listValidCredentials(
  db: Db,
  credentials: Iterable<Credential>
): Promise<Map<string, Credential>> {
  const ids = { oauth: new Set<string>(), api_key: new Set<string>() }
  const keyNames = new Map<string, string>()
  for (const { kind, id, principal } of credentials) {
    ids[kind].add(id)
    keyNames.set(id, principal.source.name)
  }
  const [accessTokens, apiKeys] = await Promise.all([
    listLiveAccessTokens(db, [...ids.oauth]),
    listLiveApiKeys(db, [...ids.api_key])
  ])
  const validCredentials = [
    ...accessTokens.map((token) => ({
      ...accessTokenCredential(token),
      toolList: token.tool_list
    })),
    ...apiKeys.map((key) => ({
      ...apiKeyCredential({ ...key, name: keyNames.get(key.key_id) ?? '' }),
      toolList: key.tool_list
    }))
  ]
  return new Map(validCredentials.map((credential) => [credential.id, credential]))
}

function apiKeyCredential({
  key_id,
  name,
  scope,
  user_id,
  role,
  ...key
}: Omit<PresentedApiKey, 'problem'>): Credential {
  const granted = permissionsOf(scope)
  const limits = limitsOf(key)
  return {
    kind: 'api_key',
    id: key_id,
    jkt: null,
    grantable: granted,
    granted,
    limits,
    principal: {
      user_id,
      role,
      permissions: limitPermissions(granted, limits),
      scope,
      namespaces: limits.namespaces,
      source: { kind: 'api_key', name, key_id }
    }
  }
}

/** What counts is granted, in the client's registration at this moment, and within the limits. */
function accessTokenCredential(token: PresentedAccessToken): Credential {
  const grantable = permissionsOf(token.client_scope)
  const granted = commonGroups(permissionsOf(token.scope), grantable)
  const limits = limitsOf(token)
  return {
    kind: 'oauth',
    id: token.token_id,
    jkt: token.dpop_jkt,
    grantable,
    granted,
    limits,
    principal: {
      user_id: token.user_id,
      role: token.role,
      permissions: limitPermissions(granted, limits),
      scope: token.scope,
      namespaces: limits.namespaces,
      source: {
        kind: 'oauth',
        name: token.client_name,
        client_id: token.client_id,
        grant_id: token.grant_id
      }
    }
  }
}

function limitsOf({ access, namespaces, beyond_namespaces, groups }: AccessLimits): AccessLimits {
  return { access, namespaces, beyond_namespaces, groups }
}
