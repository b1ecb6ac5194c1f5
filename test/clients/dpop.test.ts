import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import t from 'tap'
import { register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { approveAt, signedIn } from './person.ts'

const running = await runService(t)
const issuer = new URL(running.url)
const redirectUri = 'http://127.0.0.1:49157/callback'
const toolsList = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
const headers = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream'
}
const mcp = new URL(`${running.url}/mcp`)

t.test('oauth4webapi binds a pushed request, its code and its tokens to a key', async (t) => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const as = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  )
  const { client_id: id } = await register(running, {
    method: 'none',
    uris: ['http://127.0.0.1/callback']
  })
  const client: oauth.Client = { client_id: id }
  const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
  const bound = { DPoP, ...insecure }
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
  const challenge = await oauth.calculatePKCECodeChallenge(verifier)
  const parameters = {
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scope: 'mcp:tools',
    state
  }
  /** Repeats the request when the server requires a nonce, like the library's documentation. */
  async function withNonce<R>(ask: () => Promise<R>): Promise<R> {
    try {
      return await ask()
    } catch (error) {
      if (oauth.isDPoPNonceError(error)) return ask()
      throw error
    }
  }
  const pushed = await withNonce(async () =>
    oauth.processPushedAuthorizationResponse(
      as,
      client,
      await oauth.pushedAuthorizationRequest(as, client, oauth.None(), parameters, bound)
    )
  )
  const url = new URL(as.authorization_endpoint!)
  url.search = new URLSearchParams({ client_id: id, request_uri: pushed.request_uri }).toString()
  const callback = oauth.validateAuthResponse(
    as,
    client,
    await approveAt(await signedIn(running), url),
    state
  )
  const exchange = async () =>
    oauth.processAuthorizationCodeResponse(
      as,
      client,
      await oauth.authorizationCodeGrantRequest(
        as,
        client,
        oauth.None(),
        callback,
        redirectUri,
        verifier,
        bound
      )
    )
  const tokens = await withNonce(exchange)
  t.equal(tokens.token_type, 'dpop')
  const refreshed = await withNonce(async () =>
    oauth.processRefreshTokenResponse(
      as,
      client,
      await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh_token!, bound)
    )
  )
  t.equal(refreshed.token_type, 'dpop')
  for (const { access_token: access } of [tokens, refreshed]) {
    const answer = await withNonce(() =>
      oauth.protectedResourceRequest(access, 'POST', mcp, new Headers(headers), toolsList, bound)
    )
    t.equal(answer.status, 200)
    await answer.body?.cancel()
  }
})

t.test('openid-client connects an authenticated client with a DPoP key', async (t) => {
  const { client_id: id, client_secret: secret } = await register(running, {
    uris: ['http://127.0.0.1/callback']
  })
  const config = await openid.discovery(issuer, id, secret, undefined, {
    algorithm: 'oauth2',
    execute: [openid.allowInsecureRequests]
  })
  const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
  const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()]
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'mcp:tools',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    dpop_jkt: await DPoP.calculateThumbprint()
  })
  const tokens = await openid.authorizationCodeGrant(
    config,
    await approveAt(await signedIn(running), url),
    { pkceCodeVerifier: verifier, expectedState: state },
    undefined,
    { DPoP }
  )
  t.equal(tokens.token_type, 'dpop')
  const answer = await openid.fetchProtectedResource(
    config,
    tokens.access_token,
    mcp,
    'POST',
    toolsList,
    new Headers(headers),
    { DPoP }
  )
  t.equal(answer.status, 200)
  await answer.body?.cancel()
  t.equal(
    (await openid.refreshTokenGrant(config, tokens.refresh_token!, undefined, { DPoP })).token_type,
    'dpop'
  )
})
