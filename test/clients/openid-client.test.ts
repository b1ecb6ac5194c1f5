import * as openid from 'openid-client'
import t from 'tap'
import { register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { approveAt, serves, signedIn } from './person.ts'

const running = await runService(t)
const redirectUri = 'http://localhost:49153/callback'
const discovery: openid.DiscoveryRequestOptions = {
  algorithm: 'oauth2',
  execute: [openid.allowInsecureRequests]
}

async function connect(
  config: openid.Configuration
): Promise<Awaited<ReturnType<typeof openid.authorizationCodeGrant>>> {
  const [verifier, state] = [openid.randomPKCECodeVerifier(), openid.randomState()]
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'mcp:tools',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state
  })
  return openid.authorizationCodeGrant(config, await approveAt(await signedIn(running), url), {
    pkceCodeVerifier: verifier,
    expectedState: state
  })
}

t.test('openid-client gets from the OAuth metadata to tokens and refreshes them', async (t) => {
  const { client_id: id, client_secret: secret } = await register(running, {
    uris: ['http://localhost/callback']
  })
  const config = await openid.discovery(new URL(running.url), id, secret, undefined, discovery)
  const tokens = await connect(config)
  t.match(tokens, { token_type: 'bearer', expires_in: 3600 })
  t.ok(await serves(t, running, tokens.access_token))
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!)
  t.not(refreshed.access_token, tokens.access_token)
  t.ok(await serves(t, running, refreshed.access_token))
})

t.test('openid-client registers itself and connects', async (t) => {
  const config = await openid.dynamicClientRegistration(
    new URL(running.url),
    {
      redirect_uris: [redirectUri],
      client_name: 'openid-client',
      token_endpoint_auth_method: 'client_secret_post'
    },
    undefined,
    discovery
  )
  t.ok(config.clientMetadata().client_id)
  t.ok(await serves(t, running, (await connect(config)).access_token))
})
