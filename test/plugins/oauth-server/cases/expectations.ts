import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { DeployedService } from '../../../support/deployed-service.ts'
import { initialize, post } from '../../../support/mcp-client.ts'
import { type Answer, authorizationUrl, type OAuthClient } from '../../../support/oauth-client.ts'
import type { Visitor } from '../../../support/visitor.ts'

export const TOKEN_PATH = '/api/v1/oauth/token'

/** Sends an authorization request without following redirects. `rawQuery` is appended as it is. */
export function requestAuthorization(
  visitor: Visitor,
  client: OAuthClient,
  overrides: Record<string, string | undefined> = {},
  rawQuery = ''
): Promise<Response> {
  return visitor.request(authorizationUrl(client, overrides).url + rawQuery)
}

/** Expects a page for a person, without a redirect, that is neither cached nor framed. Its text. */
export async function expectErrorPage(
  t: Test,
  answer: Response,
  name: string,
  status = 400
): Promise<string> {
  t.equal(answer.status, status, `${name}: status`)
  t.equal(answer.headers.get('location'), null, `${name}: no redirect`)
  t.match(answer.headers.get('content-type'), /^text\/html/, name)
  t.match(answer.headers.get('cache-control'), /no-store|private/, name)
  t.match(answer.headers.get('content-security-policy'), "frame-ancestors 'none'", name)
  t.equal(answer.headers.get('x-frame-options'), 'DENY', name)
  return answer.text()
}

/**
 * Expects a 303 to exactly that redirect URI, with the error and iss in the query. Its parameters.
 */
export async function expectErrorRedirect(
  t: Test,
  service: DeployedService,
  answer: Response,
  error: string,
  redirectUri: string,
  name = error
): Promise<URLSearchParams> {
  t.equal(answer.status, 303, `${name}: status`)
  const location = answer.headers.get('location') ?? ''
  t.ok(location.startsWith(redirectUri), `${name}: to ${redirectUri}, not ${location.slice(0, 80)}`)
  t.notMatch(location, '#', name)
  const parameters = new URLSearchParams(location.slice(location.indexOf('?') + 1))
  t.equal(parameters.get('error'), error, name)
  t.equal(parameters.get('iss'), service.url, `${name}: iss`)
  t.equal(parameters.get('code'), null, `${name}: no code`)
  return parameters
}

/** Expects an error response of RFC 6749 §5.2. */
export function expectTokenError(
  t: Test,
  answer: Answer,
  error: string,
  status = error === 'invalid_client' ? 401 : 400,
  name = error
): void {
  t.equal(answer['error'], error, name)
  t.equal(answer.status, status, `${name}: status`)
  t.match(answer.headers.get('cache-control'), 'no-store', name)
  t.match(answer.headers.get('content-type'), /^application\/json/, name)
  t.match(answer['error_description'], /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, `${name}: description`)
  t.ok(answer['request_id'], `${name}: request id`)
}

/** Whether the MCP endpoint accepts the access token. */
export async function acceptsToken(
  { url }: Pick<DeployedService, 'url'>,
  accessToken: unknown
): Promise<boolean> {
  return (await post(`${url}/mcp`, String(accessToken), initialize)).status === 200
}

/** Posts a form, or a body as it is, and parses a JSON response. */
export async function postTo(
  service: DeployedService,
  path: string,
  body: string | Record<string, string | undefined>,
  headers: Record<string, string> = {}
): Promise<Answer> {
  const form =
    typeof body === 'string'
      ? body
      : new URLSearchParams(
          Object.entries(body).filter((entry): entry is [string, string] => entry[1] !== undefined)
        ).toString()
  const answer = await fetch(service.url + path, {
    method: 'POST',
    body: form,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    redirect: 'manual'
  })
  const content = await answer.text()
  const parsed = content.startsWith('{') ? (JSON.parse(content) as object) : { text: content }
  return { ...parsed, status: answer.status, headers: answer.headers }
}

/** Sends these bytes to one process directly; everything that it answers until it closes. */
export function sendRawRequest({ port }: DeployedService, request: string): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request))
  return text(socket)
}

/** The fields with which a client authenticates in a form. */
export const credentialsOf = ({ client_id: id, client_secret: secret }: OAuthClient) => ({
  client_id: id,
  client_secret: secret
})

export const basicCredentials = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
})
