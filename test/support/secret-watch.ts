/**
 * What must never be written down, under the name a failure is told by; and the error answers that
 * were seen.
 */
export interface Watch {
  secrets: Map<string, string>
  errors: string[]
  /** Notes a secret, and gives it back. */
  secret: <S>(name: string, value: S) => S
  /** The names of the secrets that the text holds, in any spelling. */
  foundIn: (text: string) => string[]
}

const issued = [
  'access_token',
  'refresh_token',
  'client_secret',
  'registration_access_token',
  'device_code',
  'user_code',
  'request_uri'
]

/**
 * Looks on while this process talks HTTP: every session cookie, code, token and client secret in a
 * successful answer is noted as a secret, every error answer is kept. Ends at teardown, or with the
 * process.
 */
export function watchSecrets(t?: { teardown: (end: () => void) => unknown }): Watch {
  const watch: Watch = {
    secrets: new Map(),
    errors: [],
    secret(name, value) {
      if (typeof value === 'string' && value.length >= 8) watch.secrets.set(value, name)
      return value
    },
    foundIn: (text) =>
      [...watch.secrets]
        .filter(([secret]) => spellings(secret).some((spelled) => text.includes(spelled)))
        .map(([, name]) => name)
  }
  const original = globalThis.fetch
  globalThis.fetch = async (...request) => {
    const answer = await original(...request).catch((error: Error) => {
      if (error instanceof TypeError) error.message += `: ${String(error.cause)}` // "fetch failed" says nothing
      throw error
    })
    if (answer.headers.get('content-type') === 'text/event-stream') return answer
    const text = await answer.clone().text()
    for (const cookie of answer.headers.getSetCookie()) {
      watch.secret('a session cookie', /^[^=]+=([^;]*)/.exec(cookie)?.[1])
    }
    if (answer.status >= 400) {
      watch.errors.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${text}`)
    } else {
      for (const name of issued) {
        watch.secret(name, new RegExp(`"${name}":"([^"]+)"`).exec(text)?.[1])
      }
    }
    return answer
  }
  t?.teardown(() => {
    globalThis.fetch = original
  })
  return watch
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
