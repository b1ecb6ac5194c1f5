import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { consumeChallenge } from '../db/people/consumed-challenges.ts'
import type { ProviderAccount } from '../db/people/external-identities.ts'
import { replaceRecoveryCodes } from '../db/people/recovery-codes.ts'
import { findTotpSecret, insertTotpSecret, readEpochSeconds } from '../db/people/totp-secrets.ts'
import { findUser, type User } from '../db/people/users.ts'
import { newRecoveryCodes } from '../domain/sign-in/recovery-codes.ts'
import { checkSecondFactor, type SecondFactorResult } from '../domain/sign-in/second-factor.ts'
import { matchingStep } from '../domain/sign-in/totp.ts'
import { secretDigest } from '../lib/secrets.ts'
import type { Texts } from '../views/texts/index.ts'
import type { PageNotice } from './notices.ts'
import { clearSealed, leaveSealed, readSealed } from './auth/sealed-cookie.ts'

declare module 'fastify' {
  interface FastifyInstance {
    secondFactor: SecondFactor
  }
}

/** Seconds that a sign-in waits for its second factor. */
const PENDING_SECONDS = 300
const SECRET_PURPOSE = 'totp secret'

/** A sign-in whose first factor is proven. It is in a cookie of the browser, and no session. */
export interface PendingSignIn {
  id: string
  user_id: string
  /** Of the stored password hash: another password ends the pending sign-in. */
  password_digest: string
  return_to: string
  method: FirstFactor
  /** An account of the provider to link when the sign-in is complete. */
  link?: ProviderAccount
}

export type FirstFactor = 'password' | 'provider'

export interface SecondFactor {
  /** Whether the person set up an authenticator app. */
  isSetUp: (userId: string) => Promise<boolean>
  /** Leaves the sign-in with the browser until the person proves the second factor. */
  leavePending: (
    reply: FastifyReply,
    user: User,
    signIn: Omit<PendingSignIn, 'id' | 'user_id' | 'password_digest'>
  ) => void
  /**
   * The sign-in that waits in this browser, and its person; undefined if there is none, if it is
   * older than five minutes, if it was completed, or if the account or its password changed.
   */
  pending: (request: FastifyRequest) => Promise<{ signIn: PendingSignIn; user: User } | undefined>
  /** Ends the pending sign-in. Returns false if that happened before. */
  endPending: (reply: FastifyReply, signIn: PendingSignIn) => Promise<boolean>
  /** Checks a code of the person's app, or a recovery code. */
  check: (userId: string, typedCode: string) => Promise<SecondFactorResult>
  /**
   * Sets up an authenticator app that shows the right code for the secret, and returns the recovery
   * codes; undefined if the code is wrong, or the person has an app.
   */
  setUp: (userId: string, secret: string, code: string) => Promise<string[] | undefined>
  /** New recovery codes in place of the former ones; undefined if no app is set up. */
  newCodes: (userId: string) => Promise<string[] | undefined>
}

/** app.secondFactor: authenticator apps, recovery codes, and sign-ins that wait for them. */
export default fp(
  async (app) => {
    app.decorate('secondFactor', {
      async isSetUp(userId) {
        return (await findTotpSecret(app.db, userId)) !== undefined
      },
      leavePending(reply, user, signIn) {
        const pending: PendingSignIn = {
          ...signIn,
          id: crypto.randomUUID(),
          user_id: user.user_id,
          password_digest: secretDigest(user.password_hash ?? '')
        }
        leaveSealed(app, reply, 'factor', pending, PENDING_SECONDS)
      },
      pending: (request) => readPending(app, request),
      async endPending(reply, { id }) {
        clearSealed(app, reply, 'factor')
        return consumeChallenge(app.db, `sign-in ${id}`, PENDING_SECONDS)
      },
      async check(userId, typedCode) {
        const row = await findTotpSecret(app.db, userId)
        // Another SERVER_SECRET makes the secret unreadable.
        const secret = row && app.seal.decrypt(SECRET_PURPOSE, userId, row.secret_sealed)
        return checkSecondFactor(app.db, { user_id: userId, secret }, typedCode)
      },
      setUp: (userId, secret, code) => setUpApp(app, userId, secret, code),
      async newCodes(userId) {
        const codes = newRecoveryCodes()
        return app.db.transaction().execute(async (trx) => {
          if (!(await findTotpSecret(trx, userId))) return undefined
          await replaceRecoveryCodes(trx, userId, codes)
          return codes
        })
      }
    })
  },
  { name: 'second-factor', dependencies: ['db', 'seal', 'auth'] }
)

async function readPending(
  app: FastifyInstance,
  request: FastifyRequest
): Promise<{ signIn: PendingSignIn; user: User } | undefined> {
  const signIn = readSealed<PendingSignIn>(app, request, 'factor', PENDING_SECONDS)
  const user = signIn && (await findUser(app.db, signIn.user_id))
  if (!signIn || !user || user.disabled_at) return undefined
  if (signIn.password_digest !== secretDigest(user.password_hash ?? '')) return undefined
  return (await findTotpSecret(app.db, user.user_id)) ? { signIn, user } : undefined
}

async function setUpApp(
  app: FastifyInstance,
  userId: string,
  secret: string,
  code: string
): Promise<string[] | undefined> {
  const step = matchingStep(secret, code.replace(/\s/g, ''), await readEpochSeconds(app.db))
  if (step === undefined) return undefined
  const codes = newRecoveryCodes()
  const isStored = await app.db.transaction().execute(async (trx) => {
    const isNew = await insertTotpSecret(trx, {
      user_id: userId,
      secret_sealed: app.seal.encrypt(SECRET_PURPOSE, userId, secret),
      last_step: step // The code that proved the app counts no more.
    })
    if (isNew) await replaceRecoveryCodes(trx, userId, codes)
    return isNew
  })
  return isStored ? codes : undefined
}

/** The notice for a form whose field `code` was refused. */
export function codeRefusal(
  { signIn }: Texts,
  form: string,
  fault: Exclude<SecondFactorResult, { method: unknown }>
): PageNotice {
  const problemAt = (text: string) => ({ form, field: 'code', text })
  if (fault.reason !== 'throttled') {
    const text = fault.reason === 'used_code' ? signIn.codeUsed : signIn.codeWrong
    return { problem: problemAt(text), status: 401 }
  }
  const { retryAfter } = fault
  return { problem: problemAt(waitText({ signIn }, retryAfter)), status: 429, retryAfter }
}

/** The notice for a form whose password was wrong, or came after too many attempts. */
export function passwordRefusal(
  { signIn }: Texts,
  { form, field, retryAfter }: { form: string; field: string; retryAfter?: number | undefined }
): PageNotice {
  return retryAfter === undefined
    ? { problem: { form, field, text: signIn.againWrong }, status: 401 }
    : { problem: { form, field, text: waitText({ signIn }, retryAfter) }, status: 429, retryAfter }
}

/** How long to wait after too many attempts: seconds up to a minute and a half, then minutes. */
function waitText({ signIn }: Pick<Texts, 'signIn'>, seconds: number): string {
  return seconds < 90 ? signIn.waitSeconds(seconds) : signIn.waitMinutes(Math.ceil(seconds / 60))
}
