// The connection of the hooks with the server that this plugin came from.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'

const REQUEST_MS = 8000
const { url } = JSON.parse(readFileSync(new URL('server.json', import.meta.url), 'utf8'))

/** The API key: from the settings of the plugin, or from the environment. */
export const key = process.env.CLAUDE_PLUGIN_OPTION_KAGURA_KEY || process.env.KAGURA_KEY || ''

/** What the client says of the event, as JSON on the standard input. */
export async function readEvent() {
  return JSON.parse((await text(process.stdin)) || '{}')
}

/** Calls the server that this plugin came from, and no other: a redirect fails. */
export function request(path, options = {}) {
  return fetch(`${url}/api/v1/${path}`, {
    ...options,
    redirect: 'error',
    headers: { authorization: `Bearer ${key}`, ...options.headers },
    signal: AbortSignal.timeout(REQUEST_MS)
  })
}

/** The last part of a directory, which names the project. */
export function projectOf({ cwd = '' }) {
  return cwd.split(/[/\\]/).filter(Boolean).at(-1) ?? ''
}

/** Runs a hook. A failure never disturbs the session; KAGURA_DEBUG=1 shows it. */
export async function run(hook) {
  if (key === '') return
  try {
    await hook(await readEvent())
  } catch (error) {
    if (process.env.KAGURA_DEBUG) console.error(error)
  }
}
