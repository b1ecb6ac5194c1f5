import formbody from '@fastify/formbody'
import fp from 'fastify-plugin'
import { PageError } from '../lib/errors.ts'

const MAX_PARAMETERS = 100

/**
 * Parameters of a query or of a form, as RFC 6749 reads them: an empty value is an omitted one, and
 * none comes twice.
 */
export class Parameters {
  readonly #values = new Map<string, string[]>()
  /** Names whose value holds a NUL or was not UTF-8. */
  readonly malformed: string[] = []
  readonly #text: string

  /** Throws when there are more than a hundred. */
  constructor(text: string) {
    this.#text = text
    const entries = [...new URLSearchParams(text)]
    if (entries.length > MAX_PARAMETERS) {
      throw Object.assign(new Error('Too many parameters.'), { statusCode: 400 })
    }
    for (const [name, value] of entries) {
      if (/[\0\ufffd]/.test(name + value)) this.malformed.push(name)
      if (value !== '') this.#values.set(name, [...(this.#values.get(name) ?? []), value])
    }
  }

  /** As it came. */
  toString(): string {
    return this.#text
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.[0]
  }

  all(name: string): string[] {
    return this.#values.get(name) ?? []
  }

  /** Names that come more than once, apart from those that may. */
  repeated(...allowed: string[]): string[] {
    return [...this.#values]
      .filter(([name, values]) => values.length > 1 && !allowed.includes(name))
      .map(([name]) => name)
  }
}

/** The Parameters of a URL's query. */
export function queryOf(url: string): Parameters {
  const start = url.indexOf('?')
  return new Parameters(start < 0 ? '' : url.slice(start + 1))
}

/** Forms are read into Parameters; 64 KiB at most. */
export default fp(
  async (app) => {
    await app.register(formbody, {
      bodyLimit: 65536,
      parser: (text) => new Parameters(text) as unknown as Record<string, unknown>
    })
  },
  { name: 'form-parameters' }
)

/**
 * The body of a form that a person filled in, or no parameters when something else was sent.
 * Throws PageError 400 when a value is not text.
 */
export function formOf(request: { body: unknown }): Parameters {
  const form = rawFormOf(request)
  if (form.malformed.length === 0) return form
  throw new PageError(
    400,
    'This form cannot be read',
    'What was sent holds bytes that are not UTF-8 text.',
    {
      advice: 'Go back, reload the page and fill in the form again.'
    }
  )
}

/** The same for endpoints that word what is `malformed` themselves. */
export function rawFormOf(request: { body: unknown }): Parameters {
  return request.body instanceof Parameters ? request.body : new Parameters('')
}
