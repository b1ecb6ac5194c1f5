import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  fetchUserInfo,
  type IDToken,
  randomNonce,
  randomPKCECodeVerifier,
  randomState
} from 'openid-client'
import { consumeChallenge } from '../../db/people/consumed-challenges.ts'
import type { ProviderAccount } from '../../db/people/external-identities.ts'
import type { Session } from '../../db/people/sessions.ts'
import type { ProviderRules } from '../../domain/sign-in/provider.ts'
import { clearSealed, leaveSealed, readSealed } from '../auth/sealed-cookie.ts'
import { settingItems } from '../config/index.ts'
import { providerClient } from './client.ts'
import { ProviderError, providerFault } from './faults.ts'

export { ProviderError, providerFaultPage } from './faults.ts'

declare module 'fastify' {
  interface FastifyInstance {
    oidc: Oidc
  }
}

/** Seconds that a person may take at the provider. */
const SIGN_IN_SECONDS = 900
/** A sign-in at the provider proves who the person is for this long. */
const REAUTHENTICATION_SECONDS = 600
const MAX_NAME_LENGTH = 200
const MAX_CLAIM_LENGTH = 320

/** Why a person was sent to the provider. Without a session it is a sign-in. */
export type ProviderPurpose =
  { purpose: 'sign-in' } | { purpose: 'link' | 'reauthenticate'; session: Session }

/** What the browser carries while the person is at the provider. */
interface PendingProviderSignIn {
  purpose: ProviderPurpose['purpose']
  /** Of the session that the purpose is for. */
  session_hash?: string
  return_to: string
  state: string
  nonce: string
  verifier: string
}

export interface ProviderSignIn {
  purpose: ProviderPurpose['purpose']
  session_hash?: string
  return_to: string
  account: ProviderAccount & { name: string }
}

/** An account of the provider that waits for the proof of the account here. */
export interface PendingLink {
  id: string
  account: ProviderSignIn['account']
  user_id: string
  return_to: string
}

export interface Oidc {
  /** The name of the provider for people; undefined if the settings name none. */
  providerName: string | undefined
  /** OIDC_ISSUER without a slash at its end: so linked accounts name the provider. */
  issuer: string | undefined
  rules: ProviderRules
  /** Where to send the person to sign in at the provider. Throws ProviderError. */
  start: (reply: FastifyReply, purpose: ProviderPurpose, returnTo: string) => Promise<URL>
  /**
   * The provider's account of the person who comes back. State, nonce, PKCE, issuer and signature
   * are checked, and each sign-in counts once. Throws ProviderError.
   */
  finish: (request: FastifyRequest, reply: FastifyReply) => Promise<ProviderSignIn>
  /** Proves that a link of our own page starts the linking of an account. */
  linkToken: (session: Session) => string
  /** Leaves an account of the provider with the browser, until the person proves the one here. */
  leaveLink: (reply: FastifyReply, link: Omit<PendingLink, 'id'>) => void
  pendingLink: (request: FastifyRequest) => PendingLink | undefined
  clearLink: (reply: FastifyReply) => void
}

/** app.oidc: sign-in at the OpenID Connect provider of the settings. */
export default fp(
  async (app) => {
    const { config } = app
    const findClient = providerClient(app)
    app.decorate('oidc', {
      providerName: config.OIDC_ISSUER === undefined ? undefined : config.OIDC_NAME,
      issuer: config.OIDC_ISSUER?.replace(/\/$/, ''),
      rules: {
        emails: settingItems(config.OIDC_ALLOWED_EMAILS),
        domains: settingItems(config.OIDC_ALLOWED_DOMAINS),
        signUp: config.OIDC_SIGN_UP,
        linkByEmail: config.OIDC_LINK_BY_EMAIL
      },
      linkToken: ({ session_hash: hash }) => app.seal.derive('link provider', hash),
      leaveLink(reply, link) {
        leaveSealed(app, reply, 'link', { ...link, id: crypto.randomUUID() }, SIGN_IN_SECONDS)
      },
      pendingLink: (request) => readSealed<PendingLink>(app, request, 'link', SIGN_IN_SECONDS),
      clearLink: (reply) => clearSealed(app, reply, 'link'),
      async start(reply, purpose, returnTo) {
        const pending: PendingProviderSignIn = {
          purpose: purpose.purpose,
          ...('session' in purpose && { session_hash: purpose.session.session_hash }),
          return_to: returnTo,
          state: randomState(),
          nonce: randomNonce(),
          verifier: randomPKCECodeVerifier()
        }
        const url = await authorizationUrl(app, await findClient(), pending)
        leaveSealed(app, reply, 'provider', pending, SIGN_IN_SECONDS)
        return url
      },
      async finish(request, reply) {
        const pending = readSealed<PendingProviderSignIn>(app, request, 'provider', SIGN_IN_SECONDS)
        clearSealed(app, reply, 'provider')
        if (!pending) throw new ProviderError('oidc_wrong_state')
        const client = await findClient()
        const account = await redeemAnswer(app, client, request, pending)
        const { purpose, return_to, session_hash } = pending
        return { purpose, return_to, account, ...(session_hash !== undefined && { session_hash }) }
      }
    })
  },
  { name: 'oidc', dependencies: ['config', 'db', 'seal', 'auth', 'guarded-fetch', 'public-url'] }
)

async function authorizationUrl(
  app: FastifyInstance,
  client: Configuration,
  { purpose, state, nonce, verifier }: PendingProviderSignIn
): Promise<URL> {
  return buildAuthorizationUrl(client, {
    redirect_uri: `${app.publicUrl}/login/oidc/callback`,
    scope: 'openid email profile',
    state,
    nonce,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    // The person must sign in there again, if the provider can ask for it.
    ...(purpose === 'reauthenticate' && { prompt: 'login' })
  })
}

async function redeemAnswer(
  app: FastifyInstance,
  client: Configuration,
  request: FastifyRequest,
  { purpose, state, nonce, verifier }: PendingProviderSignIn
): Promise<ProviderSignIn['account']> {
  try {
    const answerUrl = new URL(request.url, app.publicUrl)
    const tokens = await authorizationCodeGrant(client, answerUrl, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true
    })
    if (!(await consumeChallenge(app.db, `oidc ${state}`, SIGN_IN_SECONDS))) {
      throw new ProviderError('oidc_wrong_state')
    }
    const claims = tokens.claims()!
    if (purpose === 'reauthenticate') requireRecentSignIn(claims)
    const profile =
      claims['email'] === undefined && client.serverMetadata().userinfo_endpoint !== undefined
        ? { ...(await fetchUserInfo(client, tokens.access_token, claims.sub)) }
        : claims
    return readAccount(app, { ...profile, ...claims })
  } catch (error) {
    throw providerFault(error)
  }
}

/** A provider that ignores prompt=login may say when the person last signed in there. */
function requireRecentSignIn({ auth_time: signedInAt }: IDToken): void {
  if (signedInAt === undefined) return
  if (signedInAt < Date.now() / 1000 - REAUTHENTICATION_SECONDS) {
    throw new ProviderError('oidc_old_sign_in')
  }
}

function readAccount(
  { oidc: { issuer = '' } }: FastifyInstance,
  claims: IDToken
): ProviderSignIn['account'] {
  const { iss, sub: subject, email, name } = claims
  // One provider for all tenants, as Microsoft has it, would let every tenant in.
  if (iss.replace(/\/$/, '') !== issuer) throw new ProviderError('oidc_wrong_issuer')
  const texts = [subject, email]
  if (texts.some((text) => typeof text !== 'string' || text.length > MAX_CLAIM_LENGTH)) {
    throw new ProviderError('oidc_no_email')
  }
  if (!isEmailVerified(claims)) throw new ProviderError('oidc_email_unverified')
  return {
    issuer,
    subject,
    email: String(email).trim().normalize('NFC'),
    name: typeof name === 'string' ? name.replaceAll('\0', '').slice(0, MAX_NAME_LENGTH) : ''
  }
}

/**
 * Microsoft sends no `email_verified`. Its optional claim `xms_edov` says whether the tenant owns
 * the domain of the address.
 */
function isEmailVerified({ iss, email_verified: isVerified, xms_edov: isOwned }: IDToken): boolean {
  if (isVerified !== undefined) return isVerified === true
  const isMicrosoft = iss.startsWith('https://login.microsoftonline.com/')
  return isMicrosoft && (isOwned === true || isOwned === 1 || isOwned === '1')
}
