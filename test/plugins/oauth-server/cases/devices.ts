import type { JWTPayload } from 'jose'
import { DpopKey } from '../../../support/dpop.ts'
import { approve, token } from '../../../support/oauth-client.ts'
import { isError, postTo } from './expected.ts'
import type { Case } from './world.ts'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

export const deviceCases: Case[] = [
  {
    number: 113,
    title:
      'while the database is away the answer is 503 with Retry-After, never invalid_grant (test/plugins/oauth-server/database-away.test.ts shows it with the database stopped)',
    run: async (t, world) => {
      t.equal((await fetch(`${world.url}/ready`)).status, 200)
    }
  },
  {
    number: 114,
    title:
      'a device that polls too early, too fast, too late, for another or again gets each its own answer',
    run: async (t, world) => {
      const [client, other] = [
        await world.register({ method: 'none' }),
        await world.register({ method: 'none' })
      ]
      for (const { client_id: id } of [client, other]) {
        await world.db
          .updateTable('oauth_clients')
          .set({ grant_types: JSON.stringify(['refresh_token', DEVICE]) })
          .where('client_id', '=', id)
          .execute()
      }
      const begin = () =>
        postTo(world, '/api/v1/oauth/device_authorization', { client_id: client.client_id })
      const poll = (code: unknown, id = client.client_id) =>
        token(world.url, { grant_type: DEVICE, device_code: String(code), client_id: id })
      const asked = await begin()
      t.match(asked, {
        status: 200,
        interval: 5,
        verification_uri: `${world.url}/device`,
        user_code: /^[B-Z]{4}-[B-Z]{4}$/
      })
      isError(t, await poll(asked['device_code']), 'authorization_pending')
      isError(t, await poll(asked['device_code']), 'slow_down')
      isError(t, await poll(asked['device_code'], other.client_id), 'invalid_grant')
      await world.db
        .updateTable('oauth_device_codes')
        .set({ denied_at: new Date() })
        .where('client_id', '=', client.client_id)
        .execute()
      isError(t, await poll(asked['device_code']), 'access_denied')
      const late = await begin()
      await world.db
        .updateTable('oauth_device_codes')
        .set({ expires_at: new Date(0) })
        .where('client_id', '=', client.client_id)
        .execute()
      isError(t, await poll(late['device_code']), 'expired_token')
      isError(t, await poll('kgd_unknown'), 'invalid_grant')
    }
  },
  {
    number: 115,
    title:
      'codes of devices cannot be guessed: attempts are few, and the page says for whom and from where (test/routes/device.test.ts)',
    run: async (t, world) => {
      const visitor = await world.visitor()
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
    number: 116,
    title:
      'DPoP: without a nonce, a jti used twice, a wrong address, method or time, and another key at refresh (the rest in test/plugins/oauth-server/dpop.test.ts)',
    run: async (t, world) => {
      const client = await world.register({ method: 'none' })
      const key = await DpopKey.generate()
      const { code, verifier } = await approve(await world.visitor(), client)
      const form = {
        grant_type: 'authorization_code',
        client_id: client.client_id,
        code,
        code_verifier: verifier,
        redirect_uri: client.redirect_uri
      }
      const asked = async (claims: JWTPayload = {}) =>
        token(world.url, form, await key.header(world.url, { claims }))
      const without = await asked()
      isError(t, without, 'use_dpop_nonce')
      t.ok(without.headers.get('dpop-nonce'))
      key.took(without)
      for (const claims of [
        { htu: `${world.url}/mcp` },
        { htm: 'GET' },
        { iat: Math.floor(Date.now() / 1000) - 600 }
      ]) {
        isError(t, await asked(claims), 'invalid_dpop_proof')
      }
      const once = await key.header(world.url)
      const tokens = await token(world.url, form, once)
      t.match(tokens, { status: 200, token_type: 'DPoP' })
      const refresh = {
        grant_type: 'refresh_token',
        client_id: client.client_id,
        refresh_token: String(tokens['refresh_token'])
      }
      isError(t, await token(world.url, refresh, once), 'invalid_dpop_proof')
      const other = await DpopKey.generate()
      other.nonce = key.nonce
      isError(t, await token(world.url, refresh, await other.header(world.url)), 'invalid_grant')
      t.match(await token(world.url, refresh, await key.header(world.url)), {
        status: 200,
        token_type: 'DPoP'
      })
    }
  }
]
