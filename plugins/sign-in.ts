import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { insertIdentity, type ProviderAccount } from '../db/people/external-identities.ts'
import type { User } from '../db/people/users.ts'
import type { SignInWays } from './consent-views/sign-in-pages.ts'

declare module 'fastify' {
  interface FastifyInstance {
    signIn: SignIn
  }
}

export interface SignInStep {
  /** A path of this server. */
  return_to: string
  /** An account of the provider, whose owner has just proven this account too. */
  link?: ProviderAccount
}

export interface SignIn {
  /** Ways to sign in besides a password, for links on the sign-in page. */
  ways: () => SignInWays
  /**
   * What follows the first factor: asks for the second where the person set it up, and completes
   * the sign-in elsewhere. Returns the path to lead the person to; undefined, and does nothing,
   * when the password was changed or the account disabled since. Never return the reply from such a
   * function: a reply is thenable, so awaiting it gives undefined.
   */
  proceed: (
    request: FastifyRequest,
    reply: FastifyReply,
    user: User,
    step: SignInStep & { method: 'password' | 'provider' }
  ) => Promise<string | undefined>
  /**
   * Starts the session after the last factor. Returns the path that the person came from.
   * `method` is for the audit log. Returns undefined like `proceed`.
   */
  complete: (
    request: FastifyRequest,
    reply: FastifyReply,
    user: User,
    step: SignInStep & { method: string }
  ) => Promise<string | undefined>
}

/** app.signIn: what follows a proven factor. */
export default fp(
  async (app) => {
    app.decorate('signIn', {
      ways() {
        const { providerName } = app.oidc
        return {
          passkey: app.passkeys.isAvailable(),
          ...(providerName !== undefined && { provider: providerName })
        }
      },
      async proceed(request, reply, user, step) {
        if (!(await app.secondFactor.isSetUp(user.user_id))) {
          return completeSignIn(app, request, reply, user, step)
        }
        app.secondFactor.leavePending(reply, user, step)
        return '/login/second-factor'
      },
      complete: (request, reply, user, step) => completeSignIn(app, request, reply, user, step)
    })
  },
  { name: 'sign-in', dependencies: ['db', 'auth', 'audit', 'second-factor', 'passkeys', 'oidc'] }
)

async function completeSignIn(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  { user_id: userId, ...user }: User,
  { return_to: returnTo, link, method }: SignInStep & { method: string }
): Promise<string | undefined> {
  if (!(await app.auth.startSession(request, reply, { user_id: userId, ...user }))) {
    return undefined
  }
  await request.audit('auth.login.succeeded', { user_id: userId, details: { method } })
  if (link && (await insertIdentity(app.db, userId, link))) {
    await request.audit('user.identity_linked', {
      user_id: userId,
      details: { issuer: link.issuer, email: link.email }
    })
  }
  return returnTo
}
