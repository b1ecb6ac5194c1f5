import type { FastifyInstance } from 'fastify'
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
      /** Stores the person's token, encrypted for this person. */
      store: (userId: string, token: string) => Promise<void>
    }
  }
}

const TOKEN_PURPOSE = 'github token'
const MAX_BYTES = 1_048_576
const TIMEOUT_MS = 10_000
/** GitHub redirects after a repository was renamed. Only the origin of the API gets the token. */
const MAX_REDIRECTS = 2

const githubHeaders = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28'
}

/**
 * app.github: reads issues with a person's own token, through the guarded fetcher. It never writes
 * to GitHub.
 */
export default fp(
  async (app) => {
    app.decorate('github', {
      async store(userId, token) {
        await storeGithubToken(app.db, userId, {
          token_sealed: app.seal.encrypt(TOKEN_PURPOSE, userId, token),
          token_end: token.slice(-4)
        })
      },
      async issue(userId, repository, number, signal) {
        const token = await openToken(app, userId)
        if (token === undefined) return undefined
        const issueName = `${repository}#${number}`
        const answer = await fetchIssue(app, token, { repository, number, issueName, signal })
        if (answer.status !== 200) throw githubRefusal(answer, issueName)
        await noteGithubTokenUse(app.db, userId)
        return parseIssue(answer, issueName)
      }
    })
  },
  { name: 'github', dependencies: ['config', 'seal', 'db', 'guarded-fetch'] }
)

/** The person's token, or undefined. Throws ToolError if the server's secret has changed. */
async function openToken(app: FastifyInstance, userId: string): Promise<string | undefined> {
  const row = await findGithubToken(app.db, userId)
  if (!row) return undefined
  const token = app.seal.decrypt(TOKEN_PURPOSE, userId, row.token_sealed)
  if (token !== undefined) return token
  throw new ToolError(
    'The server cannot decrypt the stored GitHub token, because its secret has changed. ' +
      'Store the token again under Settings, GitHub.'
  )
}

/** Throws ToolError when GitHub cannot be reached. */
async function fetchIssue(
  app: FastifyInstance,
  token: string,
  {
    repository,
    number,
    issueName,
    signal
  }: { repository: string; number: number; issueName: string; signal: AbortSignal }
): Promise<FetchedAnswer> {
  const apiUrl = app.config.GITHUB_API_URL.replace(/\/$/, '')
  const repositoryPath = repository.split('/').map(encodeURIComponent).join('/')
  try {
    return await app.guardedFetch(`${apiUrl}/repos/${repositoryPath}/issues/${number}`, {
      maxBytes: MAX_BYTES,
      timeoutMs: TIMEOUT_MS,
      redirects: MAX_REDIRECTS,
      headers: { ...githubHeaders, authorization: `Bearer ${token}` },
      signal
    })
  } catch (error) {
    if (!(error instanceof FetchRefusedError)) throw error
    throw new ToolError(
      `GitHub could not be asked about ${issueName}: ${error.message}. ` +
        'Send what you know of the issue, or try again.'
    )
  }
}

function githubRefusal(
  { status, headers: { 'x-ratelimit-remaining': remainingRequests } }: FetchedAnswer,
  issueName: string
): ToolError {
  if (status === 401) {
    return new ToolError(
      'GitHub refuses the stored token: it was revoked or has expired. ' +
        'Store another one under Settings, GitHub.'
    )
  }
  if (status === 429 || (status === 403 && remainingRequests === '0')) {
    return new ToolError(
      "The token's hourly limit at GitHub is used up. " +
        'Try again later, or send what you know of the issue.'
    )
  }
  if (status === 403 || status === 404 || status === 410) {
    return new ToolError(
      `GitHub shows no issue ${issueName} to the stored token: it does not exist, or the token ` +
        'may not read issues of that repository. Check repository and number.'
    )
  }
  return new ToolError(
    `GitHub answered ${status} about ${issueName}. Send what you know of the issue, or try again.`
  )
}

/** Throws ToolError when the answer is not an issue. */
function parseIssue({ body }: FetchedAnswer, issueName: string): GithubIssue {
  const { title, html_url: url, state, labels, assignees, body: text } = parseObject(body)
  if (typeof title !== 'string' || typeof state !== 'string') {
    throw new ToolError(
      `GitHub's answer about ${issueName} is not an issue. Send what you know of it.`
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

/** The text without NUL and lone surrogates, which the databases refuse. */
function storableText(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd')
}
