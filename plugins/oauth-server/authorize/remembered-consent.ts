import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Client } from '../../../db/oauth/clients.ts'
import {
  findDecision,
  listDecisionScopes,
  listStandingConsents
} from '../../../db/oauth/consents.ts'
import type { AccessLimits } from '../../../db/schema/index.ts'
import { commonGroups, type Permission, permissionsOf } from '../../../tools/scopes.ts'
import type { ResponseTarget } from './authorization-error.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { isMatchOfPattern, redirectTarget } from './redirect-uri.ts'

/** What a person decided about an app before, and did not take back. */
export interface EarlierConsent {
  consentedAt: Date
  permissions: ReadonlySet<Permission>
  /** What the person allows within the scope, as it is now. */
  limits: AccessLimits
  /** The person saw then what the consent page would show now. */
  sawTheSame: boolean
  /** The app now describes itself otherwise, or sends people elsewhere. */
  changed: boolean
}

/** The app that a decision is about, and the address that gets the answer. */
type DecisionTarget = Pick<ResponseTarget, 'client' | 'redirectUri'>

/** What a decision is bound to: where the answer goes, and how the client describes itself. */
export function decidedSubject(target: DecisionTarget): {
  redirect_origin: string
  client_metadata_hash: string
} {
  return {
    redirect_origin: decidedRedirect(target),
    client_metadata_hash: clientMetadataHash(target.client)
  }
}

/**
 * Scheme and host of a redirect URI that the client registered in full. An address that a pattern
 * let in counts as a whole: one host then serves connectors of many people, and each person
 * decides about each connector.
 */
function decidedRedirect({ client, redirectUri }: DecisionTarget): string {
  return isMatchOfPattern(client.redirect_uris, redirectUri)
    ? redirectUri
    : redirectOrigin(redirectUri)
}

/** Scheme and host, without the port where it changes from run to run (RFC 8252 §7.3). */
function redirectOrigin(redirectUri: string): string {
  const { protocol, host, hostname } = new URL(redirectUri)
  return `${protocol}//${redirectTarget(redirectUri).redirectKind === 'loopback' ? hostname : host}`
}

/**
 * SHA-256 over what a person judges a client by. The order of members or URIs makes no difference.
 */
function clientMetadataHash(client: Client): string {
  const judgedMetadata = [
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
    .update(JSON.stringify(judgedMetadata.map(canonicalJson)))
    .digest('hex')
}

function canonicalJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonicalJson)
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.entries(value)
    .map(([name, member]) => [name, canonicalJson(member)])
    .toSorted(([first], [second]) => (String(first) < String(second) ? -1 : 1))
}

/**
 * The latest decision of this person about this app, preferably one about this very request. Grants
 * given without asking rest on an earlier decision and carry its time, so together they are that
 * decision. `requested`: where the newest grant covers them, no other grant is read.
 */
export async function recallConsent(
  app: FastifyInstance,
  userId: string,
  target: DecisionTarget,
  requested: ReadonlySet<Permission> = new Set()
): Promise<EarlierConsent | undefined> {
  const decisionKey = {
    user_id: userId,
    client_id: target.client.client_id,
    resource: app.mcpUrl,
    ...decidedSubject(target)
  }
  const decision = await findDecision(app.db, decisionKey)
  if (!decision) return recallDifferentConsent(app, userId, target)
  const newest = permissionsOf(decision.scope)
  const isCovered = commonGroups(requested, newest).size === requested.size
  const otherScopes = isCovered ? [] : await listDecisionScopes(app.db, decisionKey)
  return {
    consentedAt: decision.consented_at,
    permissions: new Set([...newest, ...permissionsOf(otherScopes.join(' '))]),
    limits: limitsOf(decision),
    sawTheSame: true,
    changed: false
  }
}

/** The latest decision about this app from when it was different, or at another address. */
async function recallDifferentConsent(
  app: FastifyInstance,
  userId: string,
  target: DecisionTarget
): Promise<EarlierConsent | undefined> {
  const subject = decidedSubject(target)
  const consents = await listStandingConsents(app.db, userId, target.client.client_id)
  const [latestConsent] = consents
  if (!latestConsent) return undefined
  const decidedAt = latestConsent.consented_at.getTime()
  const decision = consents.filter(({ consented_at: time }) => time.getTime() === decidedAt)
  return {
    consentedAt: latestConsent.consented_at,
    permissions: permissionsOf(decision.map(({ scope }) => scope).join(' ')),
    limits: limitsOf(latestConsent),
    sawTheSame: false,
    changed:
      latestConsent.redirect_origin !== null &&
      (latestConsent.redirect_origin !== subject.redirect_origin ||
        latestConsent.client_metadata_hash !== subject.client_metadata_hash)
  }
}

function limitsOf({ access, namespaces, beyond_namespaces, groups }: AccessLimits): AccessLimits {
  return { access, namespaces, beyond_namespaces, groups }
}

/**
 * Why the person must be asked, as an error of OpenID Connect Core §3.1.2.6; undefined when an
 * earlier decision answers. It does when it is about the same app, covers all that is requested,
 * and no third party can have started this request.
 */
export function promptReason(
  request: FastifyRequest,
  authorizationRequest: AuthorizationRequest,
  scope: string,
  earlierConsent: EarlierConsent | undefined
): 'consent_required' | 'interaction_required' | undefined {
  const requested = permissionsOf(scope)
  if (
    authorizationRequest.prompt === 'consent' ||
    !earlierConsent?.sawTheSame ||
    commonGroups(requested, earlierConsent.permissions).size < requested.size
  ) {
    return 'consent_required'
  }
  return request.method !== 'HEAD' &&
    request.headers['sec-purpose'] === undefined &&
    isAssured(request, authorizationRequest)
    ? undefined
    : 'interaction_required'
}

/**
 * Whether this request surely comes from this person and the code surely reaches this app.
 *
 * - An address on this device may belong to any program (RFC 8252 §8.6). Only a client that an
 *   operator registered and that has a secret is known there.
 * - An app that registered itself counts only when the person opened the address directly: its own
 *   site can have been made to start this.
 * - So can a page of this server, because sign-in hides where the way began (GHSA-6x8h-498w-gv8c).
 * - A browser without Fetch Metadata counts as the worst case.
 */
function isAssured(
  { headers }: FastifyRequest,
  { client, redirectUri }: AuthorizationRequest
): boolean {
  const isOnDevice = redirectTarget(redirectUri).redirectKind !== 'web'
  if (client.registration === 'operator') {
    return !isOnDevice || client.token_endpoint_auth_method !== 'none'
  }
  return !isOnDevice && headers['sec-fetch-site'] === 'none'
}
