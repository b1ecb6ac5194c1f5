import { isIP } from 'node:net'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { listPasskeys, type Passkey } from '../db/people/passkeys.ts'
import type { Session } from '../db/people/sessions.ts'
import {
  authenticationOptions,
  CHALLENGE_SECONDS,
  PasskeyError,
  type PasskeyFault,
  type PasskeySite,
  registerPasskey,
  registrationOptions,
  verifyPasskey
} from '../domain/sign-in/passkeys.ts'
import type { Texts } from '../views/texts/index.ts'
import { clearSealed, leaveSealed, readSealed } from './auth/sealed-cookie.ts'
import { formOf } from './form-parameters.ts'

declare module 'fastify' {
  interface FastifyInstance {
    passkeys: Passkeys
  }
}

/**
 * What a challenge is for: a sign-in, or something that the person of a session does. An answer to
 * a challenge for one does not count for another.
 */
export type PasskeyUse =
  { purpose: 'sign-in' } | { purpose: 'reauthenticate' | 'register'; session: Session }

export interface Passkeys {
  /** Browsers have passkeys for https names and localhost only, not for IP addresses. */
  isAvailable: () => boolean
  /** Makes a challenge, leaves it with the browser, and returns the script's options as JSON. */
  challenge: (reply: FastifyReply, use: PasskeyUse) => Promise<string>
  /** The passkey that signed the challenge, by the form field `answer`. Throws PasskeyError. */
  verify: (request: FastifyRequest, reply: FastifyReply, use: PasskeyUse) => Promise<Passkey>
  /** Stores the passkey of the form field `answer` under this name. Throws PasskeyError. */
  register: (
    request: FastifyRequest,
    reply: FastifyReply,
    session: Session,
    passkeyName: string
  ) => Promise<void>
}

const MAX_NAME_LENGTH = 100

interface PendingChallenge {
  challenge: string
  use: string
}

/** app.passkeys: challenges for passkeys, and their answers. */
export default fp(
  async (app) => {
    app.decorate('passkeys', {
      isAvailable() {
        const { hostname, protocol } = new URL(app.publicUrl)
        const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
        return !isAddress && (protocol === 'https:' || /^(.+\.)?localhost$/.test(hostname))
      },
      async challenge(reply, use) {
        const options = await optionsFor(app, use)
        const pending: PendingChallenge = { challenge: options.challenge, use: nameOf(use) }
        leaveSealed(app, reply, 'challenge', pending, CHALLENGE_SECONDS)
        return JSON.stringify(options)
      },
      async verify(request, reply, use) {
        const challenge = takeChallenge(app, request, reply, use)
        const answer = readAnswer<AuthenticationResponseJSON>(request)
        const passkey = await verifyPasskey(app.db, siteOf(app), { challenge, answer })
        if ('session' in use && passkey.user_id !== use.session.user_id) {
          throw new PasskeyError('unknown_passkey', use.session.user_id)
        }
        return passkey
      },
      async register(request, reply, session, passkeyName) {
        const use: PasskeyUse = { purpose: 'register', session }
        const challenge = takeChallenge(app, request, reply, use)
        const answer = readAnswer<RegistrationResponseJSON>(request)
        const person = { user_id: session.user_id, passkeyName }
        await registerPasskey(app.db, siteOf(app), person, { challenge, answer })
      }
    })
  },
  { name: 'passkeys', dependencies: ['db', 'seal', 'auth', 'form-parameters', 'public-url'] }
)

/** Passkeys belong to the host of PUBLIC_URL. */
function siteOf({ publicUrl }: FastifyInstance): PasskeySite {
  const { hostname, origin } = new URL(publicUrl)
  return { rp_id: hostname, origin }
}

function nameOf(use: PasskeyUse): string {
  return 'session' in use ? `${use.purpose} ${use.session.session_hash}` : use.purpose
}

async function optionsFor(app: FastifyInstance, use: PasskeyUse) {
  const site = siteOf(app)
  if (!('session' in use)) return authenticationOptions(site)
  const passkeys = await listPasskeys(app.db, use.session.user_id)
  return use.purpose === 'register'
    ? registrationOptions(site, use.session, passkeys)
    : authenticationOptions(site, passkeys)
}

function takeChallenge(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  use: PasskeyUse
): string {
  const pending = readSealed<PendingChallenge>(app, request, 'challenge', CHALLENGE_SECONDS)
  clearSealed(app, reply, 'challenge')
  if (pending?.use !== nameOf(use)) throw new PasskeyError('wrong_challenge')
  return pending.challenge
}

/** The library checks the members; here it must only be an object. Throws PasskeyError. */
function readAnswer<T>(request: FastifyRequest): T {
  try {
    const answer: unknown = JSON.parse(formOf(request).get('answer') ?? '')
    if (typeof answer === 'object' && answer !== null) return answer as T
  } catch {
    // Not JSON: refused below.
  }
  throw new PasskeyError('wrong_passkey')
}

/** What to tell the person whose passkey was refused. */
export function passkeyFaultText({ signIn }: Texts, reason: PasskeyFault): string {
  if (reason === 'unknown_passkey') return signIn.passkeyUnknown
  return /challenge$/.test(reason) ? signIn.passkeyExpired : signIn.passkeyRefused
}

/** The name that the form gives a passkey; undefined if it has none or is too long. */
export function passkeyNameOf(request: FastifyRequest): string | undefined {
  const name = (formOf(request).get('name') ?? '').trim()
  return name === '' || name.length > MAX_NAME_LENGTH ? undefined : name
}
