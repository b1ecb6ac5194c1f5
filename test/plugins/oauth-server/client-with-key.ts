import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { ASSERTION_TYPE } from '../../../plugins/oauth-server/client/assertion.ts'
import type { Teardown } from '../../support/helper.ts'
import { approve, redeem } from '../../support/oauth-client.ts'
import { outside } from '../../support/outside.ts'
import { runService } from '../../support/running.ts'

export const REDIRECT = 'https://app.example.com/callback'
export const clientId = 'https://app.example.com/client.json'
export const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
export const unpublishedKey = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
const keys = [jwk]
// Like the document of ChatGPT: private_key_jwt or none.
const document = {
  client_id: clientId,
  client_name: 'Chat',
  redirect_uris: [REDIRECT],
  jwks_uri: 'https://app.example.com/keys.json',
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_methods_supported: ['none', 'private_key_jwt']
}

export interface AssertionOptions {
  claims?: JWTPayload
  expires?: string
  audience?: string | string[]
  alg?: string
  key?: Parameters<SignJWT['sign']>[0]
  kid?: string | null
}

/** Starts a service, and a client on the internet that publishes its public key. */
export async function clientWithKey(t: Teardown) {
  const internet = await outside(t, ({ url, headers: { host } }, response) => {
    if (url === '/gone.json') return response.writeHead(403).end()
    const metadata =
      host === 'app.example.com'
        ? document
        : {
            ...document,
            client_id: `https://${host}/client.json`,
            jwks_uri: `https://${host}/gone.json`
          }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(url === '/keys.json' ? { keys } : metadata))
  })
  const running = await runService(t, {}, undefined, { network: internet.network })
  const visitor = await running.signedIn((await running.person()).email)
  const client = { client_id: clientId, redirect_uri: REDIRECT }

  function assertion({
    claims = {},
    expires = '5m',
    audience = `${running.url}/api/v1/oauth/token`,
    alg = 'ES256',
    key = privateKey,
    kid = 'k1'
  }: AssertionOptions = {}): Promise<string> {
    const payload = { iss: clientId, sub: clientId, jti: randomUUID(), ...claims }
    return new SignJWT(payload)
      .setProtectedHeader({ alg, ...(kid !== null && { kid }) })
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(key)
  }
  async function exchange(made: string, more: Record<string, string | undefined> = {}) {
    const { code, verifier } = await approve(visitor, client)
    return redeem(
      running.url,
      client,
      { code, verifier },
      { client_assertion_type: ASSERTION_TYPE, client_assertion: made, ...more }
    )
  }

  return { world: internet, running, visitor, client, assertion, exchange }
}
