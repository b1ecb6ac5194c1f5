import fp from 'fastify-plugin'
import {
  findGithubToken,
  noteGithubTokenUse,
  storeGithubToken
} from '../db/people/github-tokens.ts'
import type { GithubReader, GithubIssue } from '../domain/context.ts'
import { ToolError } from '../lib/tool-error.ts'
import { type FetchedAnswer, FetchRefusedError } from './guarded-fetch/index.ts'

declare module 'fastify' {
  interface FastifyInstance {
    github: GithubReader & {
      /**
       * Keeps the person's token, encrypted under a key of the server's and bound to the person.
       */
      store: (userId: string, token: string) => Promise<void>
    }
  }
}

const TOKEN_PURPOSE = 'github token'
const MAX_BYTES = 1_048_576
const TIMEOUT_MS = 10_000
/** GitHub's own, for a repository that was renamed; the token goes to the API's origin only. */
const MAX_REDIRECTS = 2

const githubHeaders = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28'
}

/**
 * app.github: issues, read with a person's own token through the guarded fetcher. Nothing is
 * written there.
 */
export default fp(
  async (app) => {
    const api = app.config.GITHUB_API_URL.replace(/\/$/, '')

    app.decorate('github', {
      async store(userId, token) {
        await storeGithubToken(app.db, userId, {
          token_sealed: app.seal.encrypt(TOKEN_PURPOSE, userId, token),
          token_end: token.slice(-4)
        })
      },
      async issue(userId, repository, number, signal) {
        const row = await findGithubToken(app.db, userId)
        if (!row) return undefined
        const token = app.seal.decrypt(TOKEN_PURPOSE, userId, row.token_sealed)
        if (token === undefined) {
          throw new ToolError(
            'The stored GitHub token cannot be opened any more: the server has another secret now. Store it again on your account page.'
          )
        }
        const name = `${repository}#${number}`
        const path = `/repos/${repository.split('/').map(encodeURIComponent).join('/')}/issues/${number}`
        const options = {
          maxBytes: MAX_BYTES,
          timeoutMs: TIMEOUT_MS,
          redirects: MAX_REDIRECTS,
          headers: { ...githubHeaders, authorization: `Bearer ${token}` },
          signal
        }
        const answer = await app.guardedFetch(api + path, options).catch((error: unknown) => {
          throw error instanceof FetchRefusedError
            ? new ToolError(
                `GitHub could not be asked about ${name}: ${error.message}. Send what you know of the issue, or try again.`
              )
            : error
        })
        if (answer.status !== 200) throw githubRefusal(answer, name)
        await noteGithubTokenUse(app.db, userId)
        return parseIssue(answer, name)
      }
    })
  },
  { name: 'github', dependencies: ['config', 'seal', 'db', 'guarded-fetch'] }
)

function githubRefusal(
  { status, headers: { 'x-ratelimit-remaining': left } }: FetchedAnswer,
  name: string
): ToolError {
  if (status === 401) {
    return new ToolError(
      'GitHub refuses the stored token: it was revoked or has run out. Store another one on your account page.'
    )
  }
  if (status === 429 || (status === 403 && left === '0')) {
    return new ToolError(
      "GitHub answers no more for now: the token's hourly limit is used up. Try again later, or send what you know of the issue."
    )
  }
  if (status === 403 || status === 404 || status === 410) {
    return new ToolError(
      `GitHub shows no issue ${name} to the stored token: it does not exist, or the token may not read issues of that repository. Check repository and number.`
    )
  }
  return new ToolError(
    `GitHub answered ${status} about ${name}. Send what you know of the issue, or try again.`
  )
}

/** Throws ToolError when the answer is no issue. */
function parseIssue({ body }: FetchedAnswer, name: string): GithubIssue {
  const { title, html_url: url, state, labels, assignees, body: text } = parseObject(body)
  if (typeof title !== 'string' || typeof state !== 'string') {
    throw new ToolError(
      `What came from GitHub about ${name} is no issue. Send what you know of it.`
    )
  }
  const listNames = (list: unknown, key: string) =>
    (Array.isArray(list) ? list : [])
      .flatMap((item: unknown) => {
        const itemName =
          typeof item === 'string' ? item : (item as Record<string, unknown> | null)?.[key]
        return typeof itemName === 'string' ? storableText(itemName).slice(0, 100) : []
      })
      .slice(0, 50)
  return {
    title: storableText(title).slice(0, 1000),
    url: typeof url === 'string' ? url.slice(0, 2000) : '',
    state: state === 'closed' ? 'closed' : 'open',
    labels: listNames(labels, 'name'),
    assignees: listNames(assignees, 'login'),
    body: typeof text === 'string' ? storableText(text) : ''
  }
}

function parseObject(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** As every database can hold it. */
function storableText(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd')
}
