import cookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { API_KEY_PREFIX } from '../../db/people/api-keys.ts'
import type { Session } from '../../db/people/sessions.ts'
import type { User } from '../../db/people/users.ts'
import { BearerError, PageError } from '../../lib/errors.ts'
import { formOf } from '../form-parameters.ts'
import { credentialOf, type SentCredential } from './bearer.ts'
import { type Credential, proveCredential } from './credential.ts'
import { dpopFaults, dpopNonce, proveKey } from './dpop-proof.ts'
import { isThisResource } from '../../lib/mcp-resource.ts'
import { currentSession, endSession, requireSameOrigin, startSession } from './session.ts'

export { bearerChallenge, noteTooLittleScope } from './challenge.ts'
export { type Credential, stillValid } from './credential.ts'
export { dpopAlgorithms, dpopFaults, lacksNonce, proveKey } from './dpop-proof.ts'
export { isLoopback, isThisResource, mcpPaths } from '../../lib/mcp-resource.ts'
export { knownBrowser } from './known-browser.ts'
export { ownPath, requireSameOrigin } from './session.ts'
export { signIn, type SignInResult } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    auth: Auth
  }
  /** Set by the scopes that ask for one before anything else. */
  interface FastifyRequest {
    credential?: Credential
  }
}

export interface Auth {
  /**
   * The proven credential of a request to the protected resource, with the proof that it is bound
   * to. Throws BearerError 400 or 401.
   */
  authenticate: (request: FastifyRequest) => Promise<Credential>
  /** The person signed in with this browser, or undefined. */
  session: (request: FastifyRequest) => Promise<Session | undefined>
  /**
   * The person whose form this is: signed in, sent from our own page. Throws PageError 401 or 403.
   */
  requireForm: (request: FastifyRequest) => Promise<Session>
  /** The hidden value that requireForm expects in `csrf`. */
  csrf: (session: Session) => string
  /**
   * False, and nothing happened, when the password by which the person was proven is not theirs any
   * more.
   */
  startSession: (request: FastifyRequest, reply: FastifyReply, user: User) => Promise<boolean>
  endSession: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/**
 * Refusals that are for the audit log. Unknown tokens are not noted, or anybody could fill the
 * table; expired ones are daily life.
 */
const noted = [
  'token_revoked',
  'token_disabled',
  'token_audience',
  'dpop_key_differs',
  'dpop_proof_used',
  'dpop_proof_wrong'
]

/** app.auth: who sends this request, by bearer credential or by browser session. */
export default fp(
  async (app) => {
    await app.register(cookie)

    app.addHook('onRequest', async (request, reply) => {
      if (request.headers['dpop'] !== undefined) reply.header('dpop-nonce', dpopNonce(app)) // RFC 9449 §8.2: for the next proof
    })

    const csrf = (session: Session) => app.seal.derive('csrf', session.session_hash)

    /**
     * A token that is bound to a key opens nothing without it, and one that is not is no more than
     * it says (RFC 9449 §7). Throws BearerError 401.
     */
    async function requireProof(
      request: FastifyRequest,
      { jkt }: Credential,
      { secret, dpop }: SentCredential
    ): Promise<void> {
      if (jkt === null && !dpop) return
      const proof =
        jkt === null || !dpop
          ? { fault: 'dpop_key_differs' as const }
          : await proveKey(app, request, { secret, jkt })
      if (!('fault' in proof)) return
      const error = {
        dpop_nonce_wrong: 'use_dpop_nonce',
        dpop_key_differs: 'invalid_token',
        dpop_proof_wrong: 'invalid_dpop_proof',
        dpop_proof_used: 'invalid_dpop_proof'
      }[proof.fault]
      throw new BearerError(401, error, dpopFaults[proof.fault], {
        reason: proof.fault,
        dpop: true
      })
    }

    app.decorate('auth', {
      async authenticate(request) {
        const sent = credentialOf(request)
        if (sent === undefined) {
          throw new BearerError(
            401,
            undefined,
            'Send an access token or an API key: Authorization: Bearer <token>.'
          )
        }
        let credential: Credential | undefined
        try {
          credential = await proveCredential(app.db, sent.secret, (resource) =>
            isThisResource(resource, app.publicUrl)
          )
          await requireProof(request, credential, sent)
          return credential
        } catch (error) {
          if (error instanceof BearerError) {
            request.log.info({ reason: error.reason }, 'credential refused')
          }
          if (error instanceof BearerError && noted.includes(error.reason)) {
            const { user_id, source } = credential?.principal ?? {}
            await request.auditBounded(
              sent.secret.startsWith(API_KEY_PREFIX) ? 'key.refused' : 'oauth.access.refused',
              {
                user_id,
                client_id: source?.client_id,
                grant_id: source?.grant_id,
                reason: error.reason
              }
            )
          }
          throw error
        }
      },
      session: (request) => currentSession(app, request),
      async requireForm(request) {
        requireSameOrigin(request)
        const session = await currentSession(app, request)
        if (!session) {
          throw new PageError(401, 'You are signed out', 'Sign in and try again.', {
            link: { href: '/login', text: 'Sign in' }
          })
        }
        if (formOf(request).get('csrf') !== csrf(session)) {
          throw new PageError(
            403,
            'This form is out of date',
            'It was made for another sign-in. Open the page again and repeat what you did.',
            { link: { href: '/', text: 'Your account' } }
          )
        }
        return session
      },
      csrf,
      startSession: (request, reply, user) => startSession(app, request, reply, user),
      endSession: (request, reply) => endSession(app, request, reply)
    })
  },
  { name: 'auth', dependencies: ['db', 'seal', 'form-parameters', 'audit'] }
)
