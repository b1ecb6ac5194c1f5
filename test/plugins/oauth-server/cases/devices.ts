import type { JWTPayload } from 'jose'
import { DEVICE_GRANT } from '../../../support/device-flow.ts'
import { DpopKey } from '../../../support/dpop.ts'
import { approve, token } from '../../../support/oauth-client.ts'
import { expectTokenError, postTo } from './expectations.ts'
import type { Case } from './case.ts'

export const deviceCases: Case[] = [
  {
    // database-away.test.ts stops the database and expects 503 with Retry-After, never
    // invalid_grant.
    title: 'the readiness check answers 200 while the database is available',
    run: async (t, service) => {
      t.equal((await fetch(`${service.url}/ready`)).status, 200)
    }
  },
  {
    title: 'a device poll gets the error of RFC 8628 §3.5 for each state',
    run: async (t, service) => {
      const [client, otherClient] = [
        await service.register({ method: 'none' }),
        await service.register({ method: 'none' })
      ]
      for (const { client_id: id } of [client, otherClient]) {
        await service.db
          .updateTable('oauth_clients')
          .set({ grant_types: JSON.stringify(['refresh_token', DEVICE_GRANT]) })
          .where('client_id', '=', id)
          .execute()
      }
      const begin = () =>
        postTo(service, '/api/v1/oauth/device_authorization', { client_id: client.client_id })
      const poll = (code: unknown, id = client.client_id) =>
        token(service.url, { grant_type: DEVICE_GRANT, device_code: String(code), client_id: id })
      const deviceAuthorization = await begin()
      t.match(deviceAuthorization, {
        status: 200,
        interval: 5,
        verification_uri: `${service.url}/device`,
        user_code: /^[B-Z]{4}-[B-Z]{4}$/
      })
      expectTokenError(t, await poll(deviceAuthorization['device_code']), 'authorization_pending')
      expectTokenError(t, await poll(deviceAuthorization['device_code']), 'slow_down')
      expectTokenError(
        t,
        await poll(deviceAuthorization['device_code'], otherClient.client_id),
        'invalid_grant'
      )
      await service.db
        .updateTable('oauth_device_codes')
        .set({ denied_at: new Date() })
        .where('client_id', '=', client.client_id)
        .execute()
      expectTokenError(t, await poll(deviceAuthorization['device_code']), 'access_denied')
      const late = await begin()
      await service.db
        .updateTable('oauth_device_codes')
        .set({ expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      expectTokenError(t, await poll(late['device_code']), 'expired_token')
      expectTokenError(t, await poll('kgd_unknown'), 'invalid_grant')
    }
  },
  {
    // test/routes/device.test.ts covers what the page says about the device.
    title: 'guessing user codes is throttled',
    run: async (t, service) => {
      const visitor = await service.visitor()
      let page = await visitor.get('/device')
      for (let i = 0; i < 12 && page.status !== 429; i++) {
        page = await visitor.submit(
          await visitor.get('/device'),
          { user_code: 'BBBB-BBBB' },
          (await visitor.get('/device')).forms.findIndex(({ action }) =>
            action.startsWith('/device')
          )
        )
      }
      t.equal(page.status, 429)
      t.ok(Number(page.headers.get('retry-after')) > 0)
    }
  },
  {
    // test/plugins/oauth-server/dpop.test.ts covers further faults.
    title: 'a DPoP proof without a nonce, reused, with wrong claims or by another key is refused',
    run: async (t, service) => {
      const client = await service.register({ method: 'none' })
      const key = await DpopKey.generate()
      const { code, verifier } = await approve(await service.visitor(), client)
      const form = {
        grant_type: 'authorization_code',
        client_id: client.client_id,
        code,
        code_verifier: verifier,
        redirect_uri: client.redirect_uri
      }
      const redeemWithProof = async (claims: JWTPayload = {}) =>
        token(service.url, form, await key.header(service.url, { claims }))
      const without = await redeemWithProof()
      expectTokenError(t, without, 'use_dpop_nonce')
      t.ok(without.headers.get('dpop-nonce'))
      key.took(without)
      for (const claims of [
        { htu: `${service.url}/mcp` },
        { htm: 'GET' },
        { iat: Math.floor(Date.now() / 1000) - 600 }
      ]) {
        expectTokenError(t, await redeemWithProof(claims), 'invalid_dpop_proof')
      }
      const once = await key.header(service.url)
      const tokens = await token(service.url, form, once)
      t.match(tokens, { status: 200, token_type: 'DPoP' })
      const refresh = {
        grant_type: 'refresh_token',
        client_id: client.client_id,
        refresh_token: String(tokens['refresh_token'])
      }
      expectTokenError(t, await token(service.url, refresh, once), 'invalid_dpop_proof')
      const otherKey = await DpopKey.generate()
      otherKey.nonce = key.nonce
      expectTokenError(
        t,
        await token(service.url, refresh, await otherKey.header(service.url)),
        'invalid_grant'
      )
      t.match(await token(service.url, refresh, await key.header(service.url)), {
        status: 200,
        token_type: 'DPoP'
      })
    }
  }
]
