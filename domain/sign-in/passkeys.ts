import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON
} from '@simplewebauthn/server'
import type { Db } from '../../db/connection/connect.ts'
import { consumeChallenge } from '../../db/people/consumed-challenges.ts'
import {
  consumePasskeyCounter,
  findPasskey,
  insertPasskey,
  type Passkey
} from '../../db/people/passkeys.ts'

/** The site that passkeys are for. `rp_id`: its host name; `origin`: what browsers sign. */
export interface PasskeySite {
  rp_id: string
  origin: string
}

/** Why a passkey was refused, as a slug of the audit log. */
export type PasskeyFault =
  | 'unknown_passkey'
  | 'wrong_challenge'
  | 'used_challenge'
  | 'wrong_origin'
  | 'unverified_person'
  | 'wrong_passkey'
  | 'copied_passkey'
  | 'known_passkey'

/** The browser's answer to a challenge: where it fails, `reason` says why. */
export class PasskeyError extends Error {
  override name = 'PasskeyError'
  readonly reason: PasskeyFault
  readonly user_id: string | undefined
  constructor(reason: PasskeyFault, userId?: string) {
    super(`The passkey is refused: ${reason}.`)
    this.reason = reason
    this.user_id = userId
  }
}

/** Only passkeys need the library, and loading it takes a fifth of the start. */
const loadLibrary = () => import('@simplewebauthn/server')

/** Seconds that a challenge is valid. */
export const CHALLENGE_SECONDS = 300

/** What the browser needs to create a passkey that also names its person. */
export async function registrationOptions(
  { rp_id: rpID }: PasskeySite,
  person: { user_id: string; email: string; name: string },
  passkeys: Passkey[]
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await loadLibrary()
  return generateRegistrationOptions({
    rpName: 'Kagura Memory',
    rpID,
    userID: Uint8Array.from(Buffer.from(person.user_id)),
    userName: person.email,
    userDisplayName: person.name || person.email,
    timeout: CHALLENGE_SECONDS * 1000,
    excludeCredentials: passkeys.map(browserCredential),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' }
  })
}

/** What the browser needs to use a passkey: any of this site, or one of `passkeys`. */
export async function authenticationOptions(
  { rp_id: rpID }: PasskeySite,
  passkeys: Passkey[] = []
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await loadLibrary()
  return generateAuthenticationOptions({
    rpID,
    timeout: CHALLENGE_SECONDS * 1000,
    allowCredentials: passkeys.map(browserCredential),
    userVerification: 'required'
  })
}

function browserCredential({ credential_id: id, transports }: Passkey) {
  return { id, transports: transports as AuthenticatorTransport[] }
}

/**
 * Stores the passkey that the browser created for this challenge. The challenge counts once. Throws
 * PasskeyError.
 */
export async function registerPasskey(
  db: Db,
  site: PasskeySite,
  person: { user_id: string; passkeyName: string },
  { challenge, answer }: { challenge: string; answer: RegistrationResponseJSON }
): Promise<void> {
  const { verifyRegistrationResponse } = await loadLibrary()
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: answer,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rp_id,
    requireUserVerification: true
  }).catch(throwFault(person.user_id))
  if (!verified) throw new PasskeyError('wrong_passkey', person.user_id)
  await requireUnused(db, challenge, person.user_id)
  const { credential, credentialBackedUp } = registrationInfo
  const isNew = await insertPasskey(db, {
    user_id: person.user_id,
    credential_id: credential.id,
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: knownTransports(credential.transports),
    name: person.passkeyName,
    backed_up: credentialBackedUp
  })
  if (!isNew) throw new PasskeyError('known_passkey', person.user_id)
}

/** What the browser says of the ways to the authenticator; nothing vouches for it. */
function knownTransports(transports: unknown): string[] {
  return (Array.isArray(transports) ? transports : [])
    .filter((name): name is string => typeof name === 'string' && /^[a-z-]{1,20}$/.test(name))
    .slice(0, 10)
}

/**
 * The person whose passkey signed this challenge. The authenticator checked the person itself, by a
 * finger, a face or a PIN, so a passkey is two factors. The challenge counts once, and the counter
 * must rise. Throws PasskeyError.
 */
export async function verifyPasskey(
  db: Db,
  site: PasskeySite,
  { challenge, answer }: { challenge: string; answer: AuthenticationResponseJSON }
): Promise<Passkey> {
  const userHandle = answer.response?.userHandle
  if (typeof userHandle !== 'string' || typeof answer.id !== 'string') {
    throw new PasskeyError('unknown_passkey')
  }
  const userId = Buffer.from(userHandle, 'base64url').toString().replaceAll('\0', '')
  const passkeyId = { user_id: userId, credential_id: answer.id.replaceAll('\0', '') }
  const passkey = await findPasskey(db, passkeyId)
  if (!passkey) throw new PasskeyError('unknown_passkey')
  const { verifyAuthenticationResponse } = await loadLibrary()
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: answer,
    expectedChallenge: challenge,
    expectedOrigin: site.origin,
    expectedRPID: site.rp_id,
    requireUserVerification: true,
    credential: {
      id: passkey.credential_id,
      publicKey: Uint8Array.from(Buffer.from(passkey.public_key, 'base64url')),
      counter: 0 // consumePasskeyCounter compares it, in one statement.
    }
  }).catch(throwFault(userId))
  if (!verified) throw new PasskeyError('wrong_passkey', userId)
  await requireUnused(db, challenge, userId)
  const { newCounter: counter, credentialBackedUp: backedUp } = authenticationInfo
  if (!(await consumePasskeyCounter(db, passkey, { counter, backed_up: backedUp }))) {
    throw new PasskeyError('copied_passkey', userId)
  }
  return passkey
}

async function requireUnused(db: Db, challenge: string, userId: string): Promise<void> {
  if (await consumeChallenge(db, `passkey ${challenge}`, CHALLENGE_SECONDS)) return
  throw new PasskeyError('used_challenge', userId)
}

/** The library tells its faults apart by their texts only. */
function throwFault(userId: string): (error: Error) => never {
  return ({ message }) => {
    if (/challenge "/.test(message)) throw new PasskeyError('wrong_challenge', userId)
    if (/origin|RP ID/.test(message)) throw new PasskeyError('wrong_origin', userId)
    if (/user could not be verified/i.test(message)) {
      throw new PasskeyError('unverified_person', userId)
    }
    throw new PasskeyError('wrong_passkey', userId)
  }
}
