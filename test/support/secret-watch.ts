import type { Teardown } from './teardown.ts'

/** What must never be written down, and the error answers so far. */
export interface SecretWatch {
  /** Each secret, with the name that a failure shows instead of it. */
  secrets: Map<string, string>
  errors: string[]
  /** Notes a secret, and returns it. */
  secret: <S>(name: string, value: S) => S
  /** The names of the secrets that the text contains, in any spelling. */
  foundIn: (text: string) => string[]
}

/** Fields of JSON answers whose values are secrets. */
const secretFields = [
  'access_token',
  'refresh_token',
  'client_secret',
  'registration_access_token',
  'device_code',
  'user_code',
  'request_uri'
]

/** A watch that knows no secret yet, and looks at nothing. */
export function createSecretWatch(): SecretWatch {
  const secrets = new Map<string, string>()
  return {
    secrets,
    errors: [],
    secret(name, value) {
      if (typeof value === 'string' && value.length >= 8) secrets.set(value, name)
      return value
    },
    foundIn: (text) =>
      [...secrets]
        .filter(([secret]) => spellings(secret).some((spelling) => text.includes(spelling)))
        .map(([, name]) => name)
  }
}

/**
 * Watches each answer to this process's global fetch, until the test ends. It notes every session
 * cookie, code, token and client secret of a success, and keeps every error answer.
 */
export function watchSecrets(t: Teardown): SecretWatch {
  const watch = createSecretWatch()
  t.teardown(watchAnswers(watch))
  return watch
}

/** Replaces the global fetch so that the watch sees each answer; returns what restores it. */
export function watchAnswers(watch: SecretWatch): () => void {
  const original = globalThis.fetch
  globalThis.fetch = async (...request) => {
    const answer = await original(...request).catch((error: Error) => {
      // "fetch failed" alone does not explain a failed test.
      if (error instanceof TypeError) error.message += `: ${String(error.cause)}`
      throw error
    })
    if (answer.headers.get('content-type') !== 'text/event-stream') await noteAnswer(watch, answer)
    return answer
  }
  return () => {
    globalThis.fetch = original
  }
}

async function noteAnswer(watch: SecretWatch, answer: Response): Promise<void> {
  const text = await answer.clone().text()
  for (const cookie of answer.headers.getSetCookie()) {
    watch.secret('a session cookie', /^[^=]+=([^;]*)/.exec(cookie)?.[1])
  }
  if (answer.status >= 400) {
    watch.errors.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${text}`)
    return
  }
  for (const field of secretFields) {
    watch.secret(field, new RegExp(`"${field}":"([^"]+)"`).exec(text)?.[1])
  }
}

function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('"', '&quot;'),
    Buffer.from(secret).toString('base64')
  ]
}
