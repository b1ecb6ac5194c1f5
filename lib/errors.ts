/** An expected refusal: clients may see its message, whatever its status. */
abstract class ExpectedError extends Error {
  override name = 'ExpectedError'
}

/** An error of RFC 6749 §5.2. `reason` is a slug for the audit log; clients do not see it. */
export class OAuthError extends ExpectedError {
  override name = 'OAuthError'
  readonly error: string
  readonly statusCode: number
  readonly reason: string
  readonly headers: Record<string, string>
  constructor(
    error: string,
    description: string,
    { reason = error, statusCode = 400, headers = {} } = {}
  ) {
    super(description)
    this.error = error
    this.reason = reason
    this.statusCode = statusCode
    this.headers = headers
  }
}

/** A refusal shown as a page. `reason` is a slug for the audit log. */
export class PageError extends ExpectedError {
  override name = 'PageError'
  readonly statusCode: number
  readonly title: string
  /** Names the words of this fault in the catalogues of texts. */
  readonly key: string | undefined
  /** What fills the {places} in these words. */
  readonly values: Record<string, string> | undefined
  readonly reason: string
  readonly advice: string | undefined
  /** What to do in each case. */
  readonly steps: Array<{ when: string; then: string }> | undefined
  readonly received: Array<[string, string]> | undefined
  readonly command: string | undefined
  readonly link: { href: string; text: string } | undefined
  /** Whom it concerns, for the audit log. */
  readonly user_id: string | undefined
  constructor(
    statusCode: number,
    title: string,
    message: string,
    more: {
      key?: string
      values?: Record<string, string>
      reason?: string
      advice?: string
      steps?: Array<{ when: string; then: string }>
      received?: Array<[string, string]>
      command?: string | undefined
      link?: { href: string; text: string }
      user_id?: string | undefined
    } = {}
  ) {
    super(message)
    this.statusCode = statusCode
    this.title = title
    this.key = more.key
    this.values = more.values
    this.reason = more.reason ?? title.toLowerCase().replaceAll(' ', '_')
    this.advice = more.advice
    this.steps = more.steps
    this.received = more.received
    this.command = more.command
    this.link = more.link
    this.user_id = more.user_id
  }
}

/**
 * A page needs a signed-in person. A browser is sent to the sign-in page and back to `returnTo`.
 */
export class SignInRequiredError extends PageError {
  override name = 'SignInRequiredError'
  readonly returnTo: string
  constructor(returnTo: string) {
    super(401, 'You are signed out', 'Sign in and try again.', {
      reason: 'signed_out',
      link: { href: '/login', text: 'Sign in' }
    })
    this.returnTo = returnTo
  }
}

/**
 * The person must prove again who they are. The error handler leads to /reauthenticate, and from
 * there to `returnTo`, a path of this server.
 */
export class ReauthenticationError extends ExpectedError {
  override name = 'ReauthenticationError'
  readonly statusCode = 403
  readonly returnTo: string
  constructor(returnTo: string) {
    super('Prove that it is you, and try again.')
    this.returnTo = returnTo
  }
}

/**
 * A bad credential or insufficient scope at the protected resource (RFC 6750 §3). Without `error`,
 * the request had no credential. `dpop`: the resource requires a proof (RFC 9449 §7.1).
 */
export class BearerError extends ExpectedError {
  override name = 'BearerError'
  readonly statusCode: number
  readonly error: string | undefined
  readonly scope: string | undefined
  readonly reason: string
  readonly dpop: boolean
  constructor(
    statusCode: number,
    error: string | undefined,
    description: string,
    {
      reason = error ?? 'no_credential',
      scope,
      dpop = false
    }: { reason?: string; scope?: string; dpop?: boolean } = {}
  ) {
    super(description)
    this.statusCode = statusCode
    this.error = error
    this.reason = reason
    this.scope = scope
    this.dpop = dpop
  }
}

/** An HTTP answer that is a JSON-RPC 2.0 error object; `data` is for programs. */
export class RpcError extends ExpectedError {
  override name = 'RpcError'
  readonly statusCode: number
  readonly code: number
  readonly data: Record<string, unknown>
  constructor(
    statusCode: number,
    code: number,
    message: string,
    data: Record<string, unknown> = {}
  ) {
    super(message)
    this.statusCode = statusCode
    this.code = code
    this.data = data
  }
}

/** A refusal of the REST tools: a slug for programs, and a message that says what to do. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly statusCode: number
  readonly error: string
  readonly headers: Record<string, string>
  constructor(
    statusCode: number,
    error: string,
    message: string,
    headers: Record<string, string> = {}
  ) {
    super(message)
    this.statusCode = statusCode
    this.error = error
    this.headers = headers
  }
}

/** A rate limit was exceeded; `retryAfter` in seconds. */
export class TooManyRequestsError extends ExpectedError {
  override name = 'TooManyRequestsError'
  readonly statusCode = 429
  readonly retryAfter: number
  constructor(message: string, retryAfter: number) {
    super(message)
    this.retryAfter = retryAfter
  }
}

/** The status and message of an error for clients. Unexpected 5xx messages stay in the log. */
export function publicError(error: unknown): {
  statusCode: number
  message: string
  retryAfter?: number
} {
  const {
    statusCode = 500,
    message,
    retryAfter
  } = error as { statusCode?: number; message: string; retryAfter?: number }
  if (statusCode === 429 && retryAfter !== undefined) return { statusCode, message, retryAfter }
  if (statusCode < 500 || error instanceof ExpectedError) return { statusCode, message }
  return databaseIsAway(error)
    ? {
        statusCode: 503,
        message: 'The database does not answer; try again in a moment.',
        retryAfter: 5
      }
    : {
        statusCode: 500,
        message: 'Something went wrong on our side; the log has it under the request id.'
      }
}

const connectionLost = new RegExp(
  'timeout exceeded when trying to connect|Connection terminated|not queryable|' +
    'Query read timeout'
)

/** Connection failures, time-outs, and PostgreSQL's retryable classes (08, 40, 53, 57P). */
function databaseIsAway(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(08|40|53|57P)/.test(code) ||
    ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code) ||
    connectionLost.test(message)
  )
}

/** error_description allows %x20-21 / %x23-5B / %x5D-7E (RFC 6749 §5.2). */
export function toErrorDescription(text: string): string {
  return text.replaceAll('"', "'").replace(/[^\x20-\x5b\x5d-\x7e]/g, '?')
}
