import type { Role } from '../../db/schema/index.ts'
import type { PageNotice } from '../notices.ts'

/** Ways to sign in besides a password. */
export interface SignInWays {
  passkey: boolean
  /** The name of the OpenID Connect provider. */
  provider?: string
}

/** The steps of signing in, and of proving it again. */
export interface SignInPages {
  /** Sign-in form: POST /login. */
  login: {
    /** The path on this server to open after sign-in. */
    returnTo: string
    email?: string
    problem?: string
    /** Seconds until another attempt is accepted. */
    retryAfter?: number
    /** The app that sent the person here. */
    clientName?: string
    /** What the person signs in for, if not for an app. */
    purpose?: 'device' | 'memory'
    /** The server has no user yet. */
    setupNeeded?: boolean
    ways?: SignInWays
  }
  /** The only page of sign-in with a script: it uses a passkey and posts the answer to `action`. */
  'sign-in/passkey': {
    action: string
    /** Absent for people who are not signed in. */
    csrf?: string
    returnTo: string
    /** What the script passes to the browser, as JSON. */
    options: string
    /** Where another way leads. */
    back: string
    problem?: string
    /** The address where passkeys work, if it is not this one. */
    elsewhere?: string
  }
  /** `factor`: hidden value that binds the form to the pending sign-in of this browser. */
  'sign-in/second-factor': { factor: string } & Pick<PageNotice, 'problem'>
  /** Asks for the password of an account, to link an account of the provider to it. */
  'sign-in/link-account': {
    providerName: string
    email: string
    hasPassword: boolean
    /** Hidden value that binds the form to this browser. */
    link: string
  } & Pick<PageNotice, 'problem'>
  /** Asks a signed-in person to prove who they are: POST /reauthenticate. */
  'sign-in/reauthenticate': {
    user: { name: string; email: string; role: Role }
    csrf: string
    returnTo: string
    /** `code`: the password needs a code of the second factor too. */
    ways: SignInWays & { password: boolean; code: boolean }
  } & Pick<PageNotice, 'problem'>
}
