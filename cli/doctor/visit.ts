/** `fix` is there when it is not ok, or could be otherwise. */
export interface Check {
  check: string
  ok: boolean
  why: string
  fix?: string
}

export function passed(check: string, why: string): Check {
  return { check, ok: true, why }
}

/** In order, but what it says could be otherwise. */
export function noted(check: string, why: string, fix: string): Check {
  return { check, ok: true, why, fix }
}

export function failed(check: string, why: string, fix: string): Check {
  return { check, ok: false, why, fix }
}

/** `problem`: there was no answer. Its status is then 0. */
export interface Answer {
  status: number
  headers: Headers
  json: Record<string, unknown> | undefined
  problem?: string
}

const TIMEOUT_MS = 10_000

/** Requests to one server. Redirects are answers. */
export class Visit {
  readonly url: string
  constructor(url: string) {
    this.url = url
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.ask('GET', path, headers)
  }

  /**
   * Never throws. What is no JSON object has no `json`; the rest of an event stream is not waited
   * for.
   */
  async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: object
  ): Promise<Answer> {
    const aborter = new AbortController()
    const timer = setTimeout(
      () => aborter.abort(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)),
      TIMEOUT_MS
    )
    try {
      const answer = await fetch(this.url + path, {
        method,
        redirect: 'manual',
        signal: aborter.signal,
        headers: {
          accept: 'application/json, text/event-stream',
          ...(body && { 'content-type': 'application/json' }),
          ...headers
        },
        ...(body && { body: JSON.stringify(body) })
      })
      const text = /json/.test(answer.headers.get('content-type') ?? '') ? await answer.text() : ''
      return { status: answer.status, headers: answer.headers, json: objectOf(text) }
    } catch (error) {
      const { message, cause } = error as Error & { cause?: Error & { code?: string } }
      return {
        status: 0,
        headers: new Headers(),
        json: undefined,
        problem: cause?.code ?? cause?.message ?? message
      }
    } finally {
      clearTimeout(timer)
      aborter.abort()
    }
  }
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
