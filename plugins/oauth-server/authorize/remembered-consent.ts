import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import {
  findDecision,
  listDecisionScopes,
  listStandingConsents
} from '../../../db/oauth/consents.ts'
import { type Group, groupsOf, intersection } from '../../../tools/scopes.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { isMatchOfPattern, redirectTarget } from './redirect-uri.ts'

/** What a person decided about an app before, and did not take back. */
export interface EarlierConsent {
  consentedAt: Date
  groups: ReadonlySet<Group>
  /** The person saw then what would be shown now. */
  sawTheSame: boolean
  /** The app now says something else of itself, or sends people elsewhere. */
  changed: boolean
}

/** Whom a decision is about, and where its answer goes. */
type Target = Pick<AuthorizationRequest, 'client' | 'redirectUri'>

/** What the decision is bound to: where the answer goes, and what the client says of itself. */
export function seenBy(asked: Target): { redirect_origin: string; client_metadata_hash: string } {
  return {
    redirect_origin: decidedTarget(asked),
    client_metadata_hash: clientMetadataHash(asked.client)
  }
}

/**
 * Scheme and host of a redirect URI that the client registered in full. Where a pattern stands for
 * it, the whole of it: one host then serves many people's connectors, and each is decided about.
 */
function decidedTarget({ client, redirectUri }: Target): string {
  return isMatchOfPattern(client.redirect_uris, redirectUri)
    ? redirectUri
    : redirectOrigin(redirectUri)
}

/** Scheme and host; without the port where that changes from run to run (RFC 8252 §7.3). */
export function redirectOrigin(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri)
  return `${protocol}//${redirectTarget(redirectUri).redirectKind === 'loopback' ? hostname : host}`
}

/**
 * SHA-256 over what a person judges a client by. How it is written down, as in the order of members
 * or URIs, makes no difference.
 */
export function clientMetadataHash(client: Client): string {
  const judged = [
    client.client_name,
    client.redirect_uris.toSorted(),
    client.token_endpoint_auth_method,
    client.registration,
    client.client_uri,
    client.logo_uri,
    client.tos_uri,
    client.policy_uri,
    client.jwks_uri,
    client.jwks
  ]
  return createHash('sha256')
    .update(JSON.stringify(judged.map(canonical)))
    .digest('hex')
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.entries(value)
    .map(([name, inner]) => [name, canonical(inner)])
    .toSorted(([one], [other]) => (String(one) < String(other) ? -1 : 1))
}

/**
 * The latest decision of this person about this app, preferably one that saw what is asked now.
 * Grants that were given without asking rest on an earlier decision and carry its time, so together
 * they are that decision. `groups`: what is asked for; where the newest grant covers it, no other
 * is read.
 */
export async function recallConsent(
  app: FastifyInstance,
  userId: string,
  asked: Target,
  groups: ReadonlySet<Group> = new Set()
): Promise<EarlierConsent | undefined> {
  const seen = seenBy(asked)
  const { client_id: clientId } = asked.client
  const key = { user_id: userId, client_id: clientId, resource: app.mcpUrl, ...seen }
  const decision = await findDecision(app.db, key)
  if (!decision) return recallOther(app, userId, asked)
  const newest = groupsOf(decision.scope)
  const isCovered = intersection(groups, newest).size === groups.size
  const scopes = isCovered ? [] : await listDecisionScopes(app.db, key)
  return {
    consentedAt: decision.consented_at,
    groups: new Set([...newest, ...scopes.flatMap((scope) => [...groupsOf(scope)])]),
    sawTheSame: true,
    changed: false
  }
}

/** The latest decision about the app when it was another, or answered to another place. */
async function recallOther(
  app: FastifyInstance,
  userId: string,
  asked: Target
): Promise<EarlierConsent | undefined> {
  const seen = seenBy(asked)
  const standing = await listStandingConsents(app.db, userId, asked.client.client_id)
  const [latest] = standing
  if (!latest) return undefined
  const time = latest.consented_at.getTime()
  const decision = standing.filter(({ consented_at: at }) => at.getTime() === time)
  return {
    consentedAt: latest.consented_at,
    groups: new Set(decision.flatMap(({ scope }) => [...groupsOf(scope)])),
    sawTheSame: false,
    changed:
      latest.redirect_origin !== null &&
      (latest.redirect_origin !== seen.redirect_origin ||
        latest.client_metadata_hash !== seen.client_metadata_hash)
  }
}

/**
 * Why the person must be asked, as an error of OpenID Connect Core §3.1.2.6; undefined when an
 * earlier decision answers: it saw the same app, covers every group that is asked for, and nobody
 * else can have set this going.
 */
export function reasonToAsk(
  request: FastifyRequest,
  asked: AuthorizationRequest,
  scope: string,
  earlier: EarlierConsent | undefined
): 'consent_required' | 'interaction_required' | undefined {
  const groups = groupsOf(scope)
  if (
    asked.prompt === 'consent' ||
    !earlier?.sawTheSame ||
    intersection(groups, earlier.groups).size < groups.size
  ) {
    return 'consent_required'
  }
  return request.method !== 'HEAD' &&
    request.headers['sec-purpose'] === undefined &&
    isAssured(request, asked)
    ? undefined
    : 'interaction_required'
}

/**
 * Whether nobody but the person and the app itself can be behind this request and at the end of it.
 * An address on this device may be anybody's (RFC 8252 §8.6): only a client that an operator
 * registered and that has a secret is known there. An app that registered itself counts only when
 * the person opened the address directly. Its own site can have been made to start this, and so can
 * a page of ours: sign-in comes between and hides where the way began (GHSA-6x8h-498w-gv8c). A
 * browser that does not tell is taken for the worst.
 */
function isAssured(
  { headers }: FastifyRequest,
  { client, redirectUri }: AuthorizationRequest
): boolean {
  const onThisDevice = redirectTarget(redirectUri).redirectKind !== 'web'
  if (client.registration === 'operator') {
    return !onThisDevice || client.token_endpoint_auth_method !== 'none'
  }
  return !onThisDevice && headers['sec-fetch-site'] === 'none'
}
