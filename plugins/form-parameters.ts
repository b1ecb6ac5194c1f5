import formbody from '@fastify/formbody'
import fp from 'fastify-plugin'
import { pageFault } from './error-handler/page-fault.ts'

const MAX_PARAMETERS = 100
const MAX_FORM_BYTES = 64 * 1024

/** A query or a form has more than a hundred parameters. */
class TooManyParametersError extends Error {
  override name = 'TooManyParametersError'
  readonly statusCode = 400
  constructor() {
    super('Too many parameters.')
  }
}

/**
 * Parameters of a query or of a form. An empty value counts as omitted, and a parameter may not
 * come twice (RFC 6749 §3.1); `repeated` lists those that do.
 */
export class Parameters {
  readonly #values = new Map<string, string[]>()
  /** Names whose value holds a NUL or was not UTF-8. */
  readonly malformed: string[] = []
  readonly #text: string

  /** Throws an error with status 400 when there are more than a hundred. */
  constructor(text: string) {
    this.#text = text
    const parameterEntries = [...new URLSearchParams(text)]
    if (parameterEntries.length > MAX_PARAMETERS) throw new TooManyParametersError()
    for (const [name, value] of parameterEntries) {
      if (/[\0\ufffd]/.test(name + value)) this.malformed.push(name)
      if (value !== '') this.#values.set(name, [...(this.#values.get(name) ?? []), value])
    }
  }

  /** The text as the client sent it. */
  toString(): string {
    return this.#text
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  all(name: string): string[] {
    return this.#values.get(name) ?? []
  }

  /** The names that have a value. */
  names(): string[] {
    return [...this.#values.keys()]
  }

  /** Names that come more than once, except the allowed ones. */
  repeated(...allowed: string[]): string[] {
    return [...this.#values]
      .filter(([name, values]) => values.length > 1 && !allowed.includes(name))
      .map(([name]) => name)
  }
}

/** The Parameters of a URL's query. Throws an error with status 400 when there are too many. */
export function queryOf(url: string): Parameters {
  const queryStart = url.indexOf('?')
  return new Parameters(queryStart < 0 ? '' : url.slice(queryStart + 1))
}

/** Parses forms of up to 64 KiB into Parameters. */
export default fp(
  async (app) => {
    await app.register(formbody, {
      bodyLimit: MAX_FORM_BYTES,
      parser: (text) => new Parameters(text) as unknown as Record<string, unknown>
    })
  },
  { name: 'form-parameters' }
)

/**
 * The form that a person filled in; empty when the body is not a form. Throws PageError 400 when a
 * value is not UTF-8 text.
 */
export function formOf(request: { body: unknown }): Parameters {
  const form = rawFormOf(request)
  if (form.malformed.length === 0) return form
  throw pageFault(400, 'unreadableForm', { reason: 'this_form_cannot_be_read' })
}

/** The same form for endpoints that handle `malformed` themselves. */
export function rawFormOf(request: { body: unknown }): Parameters {
  return request.body instanceof Parameters ? request.body : new Parameters('')
}
