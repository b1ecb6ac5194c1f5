import { createHash, randomBytes } from 'node:crypto'
import type { Db } from '../../db/connection/connect.ts'
import { issueClient } from '../../db/oauth/clients.ts'
import type { User } from '../../db/people/users.ts'
import type { Running } from './running.ts'
import { attribute, type Page, type Visitor } from './visitor.ts'
import { noteSecret } from './secret-scan.ts'

export interface OAuthClient {
  client_id: string
  client_secret?: string | undefined
  redirect_uri: string
}

/** An authorization request, and what the client keeps to redeem its answer. */
export interface AuthorizationRequest {
  /** The path and query of the request. */
  url: string
  verifier: string
  state: string
}
export type Answer = Record<string, unknown> & { status: number; headers: Headers }

export const REDIRECT_URI = 'https://client.example/callback'
const DEFAULT_SCOPE = 'mcp:tools mcp:memory mcp:coding'

/** `dynamic`: as if the client had registered itself. */
export interface ClientOptions {
  id?: string
  method?: 'client_secret_post' | 'client_secret_basic' | 'none'
  uris?: string[]
  scope?: string
  dynamic?: boolean
}

/** Registers a client as an operator does, by the command line's query. */
export async function register(
  { app }: { app: { db: Db } },
  {
    id = `client-${crypto.randomUUID()}`,
    method = 'client_secret_post',
    uris = [REDIRECT_URI],
    scope = DEFAULT_SCOPE,
    dynamic = false
  }: ClientOptions = {}
): Promise<OAuthClient> {
  const issued = await issueClient(app.db, id, {
    client_name: `Client ${id}`,
    redirect_uris: uris,
    scope,
    token_endpoint_auth_method: method,
    ...(dynamic && { registration: 'dynamic' })
  })
  return { client_id: id, client_secret: issued?.client_secret, redirect_uri: uris[0]! }
}

/** Makes an authorization request with PKCE and state. An override of undefined leaves it out. */
export function authorizationUrl(
  client: OAuthClient,
  overrides: Record<string, string | undefined> = {}
): AuthorizationRequest {
  const verifier = noteSecret('a code_verifier', randomBytes(32).toString('base64url'))
  const state = randomBytes(8).toString('base64url')
  const parameters = {
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: client.redirect_uri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...overrides
  }
  const query = new URLSearchParams(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined)
  )
  return { url: `/api/v1/oauth/authorize?${query.toString()}`, verifier, state }
}

/** Decides on a consent page. `scope` lists the boxes to tick; without it they stay as they are. */
export function decide(
  visitor: Visitor,
  consent: Page,
  decision: 'approve' | 'deny',
  scope?: string[]
): Promise<Page> {
  const form = consent.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))
  if (!form) {
    throw new Error(`No consent form on ${consent.url} (${consent.status}):\n${consent.html}`)
  }
  const ticked = scope
    ?.filter((value) => consent.html.includes(`value="${value}"`))
    .map((value): [string, string] => ['scope', value])
  const fields = ticked
    ? [...form.fields.filter(([name]) => name !== 'scope'), ...ticked]
    : form.fields
  return visitor.post(form.action, [...fields, ['decision', decision]])
}

/** The address that the page after the decision opens. */
export function destination(page: Page): URL {
  const refresh = attribute(
    /<meta[^>]*http-equiv="refresh"[^>]*>/i.exec(page.html)?.[0] ?? '',
    'content'
  )
  const url = /^0;\s*url=(.*)$/i.exec(refresh ?? '')?.[1]
  if (!url) throw new Error(`The page does not navigate (${page.status}):\n${page.html}`)
  return new URL(url)
}

/**
 * Opens the request as this visitor and approves it on the page, also after an earlier consent.
 * Returns the code and its verifier.
 */
export async function approve(
  visitor: Visitor,
  client: OAuthClient,
  overrides: Record<string, string | undefined> = {},
  scope?: string[]
): Promise<{ code: string; verifier: string; answer: URL }> {
  const { url, verifier } = authorizationUrl(client, { prompt: 'consent', ...overrides })
  const answer = destination(await decide(visitor, await visitor.get(url), 'approve', scope))
  return { code: answer.searchParams.get('code')!, verifier, answer }
}

/** Posts a form to the token endpoint. */
export function token(
  url: string,
  form: Record<string, string | undefined>,
  headers: Record<string, string> = {}
): Promise<Answer> {
  return postForm(`${url}/api/v1/oauth/token`, form, headers)
}

/** Posts a form without the fields of undefined. Returns the answer's JSON, if it has any. */
export async function postForm(
  url: string,
  form: Record<string, string | undefined> | Array<[string, string]>,
  headers: Record<string, string> = {}
): Promise<Answer> {
  const body = new URLSearchParams(
    (Array.isArray(form) ? form : Object.entries(form)).filter(
      (entry): entry is [string, string] => entry[1] !== undefined
    )
  )
  const answer = await fetch(url, { method: 'POST', body, headers })
  return {
    ...(JSON.parse((await answer.text()) || '{}') as object),
    status: answer.status,
    headers: answer.headers
  }
}

/** Redeems an authorization code. */
export function redeem(
  url: string,
  client: OAuthClient,
  { code, verifier }: { code: string; verifier?: string | undefined },
  overrides: Record<string, string | undefined> = {}
): Promise<Answer> {
  const { client_id: id, client_secret: secret, redirect_uri: uri } = client
  return token(url, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: uri,
    code_verifier: verifier,
    client_id: id,
    client_secret: secret,
    ...overrides
  })
}

/** Redeems a refresh token. */
export function refresh(
  url: string,
  client: OAuthClient,
  refreshToken: unknown,
  overrides: Record<string, string | undefined> = {}
): Promise<Answer> {
  const { client_id: id, client_secret: secret } = client
  return token(url, {
    grant_type: 'refresh_token',
    refresh_token: String(refreshToken),
    client_id: id,
    client_secret: secret,
    ...overrides
  })
}

/** Makes a person and a client, approves the client, and redeems the code. */
export async function connected(
  running: Running,
  options: ClientOptions = {}
): Promise<{ user: User; visitor: Visitor; client: OAuthClient; tokens: Answer }> {
  const user = await running.person()
  const visitor = await running.signedIn(user.email)
  const client = await register(running, options)
  const tokens = await redeem(running.url, client, await approve(visitor, client))
  return { user, visitor, client, tokens }
}
