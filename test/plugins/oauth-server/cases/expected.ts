import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { authorizationUrl, type Answer, type OAuthClient } from '../../../support/oauth-client.ts'
import type { Visitor } from '../../../support/visitor.ts'
import type { World } from './world.ts'

/**
 * Opens an authorization request as it is written, without following what comes. `raw` is appended
 * to the query.
 */
export function ask(
  visitor: Visitor,
  client: OAuthClient,
  overrides: Record<string, string | undefined> = {},
  raw = ''
): Promise<Response> {
  return visitor.request(authorizationUrl(client, overrides).url + raw)
}

/** A page for a person, with no way to the client, that is neither cached nor framed. Its text. */
export async function isPage(
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
 * An error that goes back to the client: 303, exactly its redirect URI, in the query, with iss. Its
 * parameters.
 */
export async function goesBack(
  t: Test,
  world: World,
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
  t.equal(parameters.get('iss'), world.url, `${name}: iss`)
  t.equal(parameters.get('code'), null, `${name}: no code`)
  return parameters
}

/** An error of the token endpoint in the words of RFC 6749 §5.2. */
export function isError(
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

/** Posts a form, or whatever body, to a path. */
export async function postTo(
  world: World,
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
  const answer = await fetch(world.url + path, {
    method: 'POST',
    body: form,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    redirect: 'manual'
  })
  const said = await answer.text()
  const parsed = said.startsWith('{') ? (JSON.parse(said) as object) : { text: said }
  return { ...parsed, status: answer.status, headers: answer.headers }
}

/** Bytes as they are, to one process itself; all that it answers until it closes. */
export function raw({ port }: World, request: string): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request))
  return text(socket)
}

export const TOKEN = '/api/v1/oauth/token'
export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
})
