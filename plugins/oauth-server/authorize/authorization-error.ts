import type { Client } from '../../../db/oauth/clients.ts'

/** Where the client gets its answer, whether that is a code or an error. */
export interface ResponseTarget {
  client: Client
  redirectUri: string
  state: string | undefined
}

/**
 * An error that goes back to the client at its proven redirect URI (RFC 6749 §4.1.2.1).
 * `error` is the code for programs, `message` the description for people.
 */
export class AuthorizationError extends Error {
  override readonly name = 'AuthorizationError'
  readonly error: string
  readonly target: ResponseTarget
  constructor(error: string, description: string, target: ResponseTarget) {
    super(description)
    this.error = error
    this.target = target
  }
}
