import cookie from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Session } from '../../db/people/sessions.ts'
import type { User } from '../../db/people/users.ts'
import { formOf, type Parameters } from '../form-parameters.ts'
import { pageFault } from '../error-handler/page-fault.ts'
import { authenticateRequest } from './authenticate.ts'
import type { Credential } from './credential.ts'
import { dpopNonce } from './dpop-proof.ts'
import { requireRecent } from './recent.ts'
import { currentSession, endSession, requireSameOrigin, startSession } from './session.ts'

export { bearerChallenge, noteTooLittleScope } from './challenge.ts'
export { type Credential, listValidCredentials } from './credential.ts'
export { dpopAlgorithms, dpopFaults, lacksNonce, proveKey } from './dpop-proof.ts'
export { isLoopback, isThisResource, mcpPaths } from '../../lib/mcp-resource.ts'
export { knownBrowser } from './known-browser.ts'
export { ownPath, requireSameOrigin, signInPath } from './session.ts'
export { signIn, type SignInResult } from './sign-in.ts'

declare module 'fastify' {
  interface FastifyInstance {
    auth: Auth
  }
  /** Set by the scopes that require a credential. */
  interface FastifyRequest {
    credential?: Credential
  }
}

export interface Auth {
  /**
   * The proven credential of a request to the protected resource, with its DPoP proof checked.
   * Throws BearerError 400 or 401.
   */
  authenticate: (request: FastifyRequest) => Promise<Credential>
  /** The person signed in with this browser, or undefined. */
  session: (request: FastifyRequest) => Promise<Session | undefined>
  /**
   * The person who sent this form: signed in, from a page of this server. `form`: the fields of an
   * upload, which come before its file. Throws PageError 401 or 403.
   */
  requireForm: (request: FastifyRequest, form?: Parameters) => Promise<Session>
  /**
   * For secrets, roles, purge, export of everything and deletion: requires that the person proved
   * who they are in the last ten minutes. Call it after `requireForm` in the form's handler, and
   * before the form is shown, so that nothing typed is lost. Throws ReauthenticationError, which
   * leads to /reauthenticate and back to `returnTo`. By default that is the page of a GET, and for
   * a form the page that it is on.
   */
  requireRecent: (request: FastifyRequest, session: Session, returnTo?: string) => void
  /** The hidden value that requireForm expects in `csrf`. */
  csrf: (session: Session) => string
  /** Returns false, and does nothing, when the password was changed since it was checked. */
  startSession: (request: FastifyRequest, reply: FastifyReply, user: User) => Promise<boolean>
  endSession: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

/** app.auth: who sends this request, by bearer credential or by browser session. */
export default fp(
  async (app) => {
    await app.register(cookie)

    app.addHook('onRequest', async (request, reply) => {
      // RFC 9449 §8.2: the nonce for the next proof.
      if (request.headers['dpop'] !== undefined) reply.header('dpop-nonce', dpopNonce(app))
    })

    const csrf = (session: Session) => app.seal.derive('csrf', session.session_hash)

    app.decorate('auth', {
      authenticate: (request) => authenticateRequest(app, request),
      session: (request) => currentSession(app, request),
      async requireForm(request, form) {
        requireSameOrigin(request)
        const session = await currentSession(app, request)
        if (!session) {
          throw pageFault(401, 'signedOut', { reason: 'you_are_signed_out', href: '/login' })
        }
        if ((form ?? formOf(request)).get('csrf') !== csrf(session)) {
          throw pageFault(403, 'outdatedForm', { reason: 'this_form_is_out_of_date', href: '/' })
        }
        return session
      },
      requireRecent,
      csrf,
      startSession: (request, reply, user) => startSession(app, request, reply, user),
      endSession: (request, reply) => endSession(app, request, reply)
    })
  },
  { name: 'auth', dependencies: ['db', 'seal', 'form-parameters', 'audit'] }
)
