/** The result of one check. `fix` says what to do if it failed, or what could be better. */
export interface Check {
  check: string
  ok: boolean
  why: string
  fix?: string
}

export function passedCheck(check: string, why: string): Check {
  return { check, ok: true, why }
}

/** A check that passed, with advice. */
export function checkWithAdvice(check: string, why: string, fix: string): Check {
  return { check, ok: true, why, fix }
}

export function failedCheck(check: string, why: string, fix: string): Check {
  return { check, ok: false, why, fix }
}

export interface CheckSummary {
  ok: boolean
  passed: number
  failed: number
  advice: number
  text: string
}

/** Counts the checks and sums them up in a sentence that names the failed ones. */
export function summarizeChecks(checks: Check[]): CheckSummary {
  const failedNames = checks.filter(({ ok }) => !ok).map(({ check }) => check)
  const adviceCount = checks.filter(({ ok, fix }) => ok && fix !== undefined).length
  const adviceText = adviceCount > 0 ? `, ${adviceCount} with advice` : ''
  return {
    ok: failedNames.length === 0,
    passed: checks.length - failedNames.length,
    failed: failedNames.length,
    advice: adviceCount,
    text:
      failedNames.length === 0
        ? `All ${checks.length} checks passed${adviceText}.`
        : `${failedNames.length} of ${checks.length} checks failed: ${failedNames.join(', ')}.`
  }
}

/** An answer of the server. Without one the status is 0 and `problem` says why. */
export interface ServerAnswer {
  status: number
  headers: Headers
  json: Record<string, unknown> | undefined
  problem?: string
}

const TIMEOUT_MS = 10_000

/** Sends requests to one server. It does not follow redirects: they are answers to check. */
export class ServerVisit {
  readonly url: string
  constructor(url: string) {
    this.url = url
  }

  get(path: string, headers: Record<string, string> = {}): Promise<ServerAnswer> {
    return this.send('GET', path, headers)
  }

  /**
   * Never throws. `json` is set only if the body is a JSON object. It does not wait for the end of
   * an event stream.
   */
  async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: object | URLSearchParams
  ): Promise<ServerAnswer> {
    const abortController = new AbortController()
    const timeoutTimer = setTimeout(
      () => abortController.abort(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)),
      TIMEOUT_MS
    )
    try {
      const response = await fetch(this.url + path, {
        method,
        redirect: 'manual',
        signal: abortController.signal,
        headers: {
          accept: 'application/json, text/event-stream',
          ...(body && !(body instanceof URLSearchParams) && { 'content-type': 'application/json' }),
          ...headers
        },
        ...(body && { body: body instanceof URLSearchParams ? body : JSON.stringify(body) })
      })
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      const json = parseObject(isJson ? await response.text() : '')
      return { status: response.status, headers: response.headers, json }
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error & { code?: string } }
      return {
        status: 0,
        headers: new Headers(),
        json: undefined,
        problem: cause?.code ?? cause?.message ?? message
      }
    } finally {
      clearTimeout(timeoutTimer)
      abortController.abort()
    }
  }

  /** Opens an event stream, and waits for its first bytes, at most so long. Never throws. */
  async firstEvent(
    path: string,
    headers: Record<string, string>,
    maxMs: number
  ): Promise<StreamStart> {
    const signal = AbortSignal.timeout(maxMs)
    let status = 0
    try {
      const accept = 'text/event-stream'
      const response = await fetch(this.url + path, { headers: { accept, ...headers }, signal })
      status = response.status
      const reader = response.body?.getReader()
      const { value } = (await reader?.read()) ?? {}
      void reader?.cancel().catch(() => {})
      return { status, text: value ? new TextDecoder().decode(value) : '' }
    } catch (error) {
      return { status, text: '', problem: (error as Error).message }
    }
  }
}

/** The beginning of an event stream; empty if nothing came in time. */
export interface StreamStart {
  status: number
  text: string
  problem?: string
}

/** ` and redirects to …`, or nothing. */
export function describeRedirect({ headers }: ServerAnswer): string {
  const location = headers.get('location')
  return location === null ? '' : ` and redirects to ${location}`
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsedValue: unknown = JSON.parse(text)
    return typeof parsedValue === 'object' && parsedValue !== null
      ? (parsedValue as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
