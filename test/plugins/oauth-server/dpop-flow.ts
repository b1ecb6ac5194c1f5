import type { DpopKey } from '../../support/dpop.ts'
import { type Answer, approve, type OAuthClient, token } from '../../support/oauth-client.ts'
import type { Running } from '../../support/running.ts'
import type { Visitor } from '../../support/visitor.ts'

export const authenticated = ({ client_id: id, client_secret: secret }: OAuthClient) => ({
  client_id: id,
  client_secret: secret
})

/** Gets and uses tokens as a client does, with DPoP proofs or without. */
export function dpopFlow({ url }: Running, visitor: Visitor) {
  const exchange = (
    to: OAuthClient,
    { code, verifier }: { code: string; verifier: string },
    headers: Record<string, string> = {}
  ) =>
    token(
      url,
      {
        ...authenticated(to),
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: to.redirect_uri
      },
      headers
    )
  const refresh = (to: OAuthClient, refreshToken: unknown, headers: Record<string, string> = {}) =>
    token(
      url,
      { ...authenticated(to), grant_type: 'refresh_token', refresh_token: String(refreshToken) },
      headers
    )
  async function bound(to: OAuthClient, key: DpopKey): Promise<Answer> {
    return exchange(to, await approve(visitor, to), await key.header(url))
  }
  const serves = async (key: DpopKey, accessToken: unknown) =>
    (
      await fetch(`${url}/api/v1/tools`, {
        headers: await key.headers('GET', `${url}/api/v1/tools`, accessToken)
      })
    ).status
  return { exchange, refresh, bound, serves }
}
