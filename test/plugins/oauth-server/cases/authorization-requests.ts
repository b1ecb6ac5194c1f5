import { REDIRECT_URI } from '../../../support/oauth-client.ts'
import { ask, goesBack, isPage } from './expected.ts'
import { back, shown } from './many.ts'
import type { Case } from './world.ts'

export const authorizationRequestCases: Case[] = [
  {
    number: 1,
    title: 'an unknown client gets a page that says how to connect anew',
    run: async (t, world) => {
      for (const id of ['nobody', '<script>', 'x'.repeat(3000)]) {
        const text = await isPage(
          t,
          await ask(await world.visitor(), { client_id: id, redirect_uri: REDIRECT_URI }),
          id.slice(0, 20)
        )
        t.match(text, 'Invalid client_id')
        t.match(text, /add it again|[Cc]onnect/)
        t.notMatch(text, '<script>')
      }
    }
  },
  {
    number: 2,
    title: 'a request without client_id gets a page',
    run: async (t, world) => {
      const visitor = await world.visitor()
      for (const id of [undefined, '']) {
        await isPage(
          t,
          await ask(visitor, { client_id: '', redirect_uri: REDIRECT_URI }, { client_id: id }),
          String(id)
        )
      }
    }
  },
  {
    number: 3,
    title: 'a disabled client gets a page; one without the code grant goes back',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      const row = world.db.updateTable('oauth_clients').where('client_id', '=', client.client_id)
      await row.set({ grant_types: '["refresh_token"]' }).execute()
      await goesBack(t, world, await ask(visitor, client), 'unauthorized_client', REDIRECT_URI)
      await row.set({ disabled_at: new Date() }).execute()
      await isPage(t, await ask(visitor, client), 'disabled')
    }
  },
  {
    number: 22,
    title: 'response_type is required',
    run: (t, world) =>
      back(t, world, 'invalid_request', [{ response_type: undefined }, { response_type: '' }])
  },
  {
    number: 23,
    title: 'no other response type than code',
    run: (t, world) =>
      back(
        t,
        world,
        'unsupported_response_type',
        ['token', 'id_token', 'code token', 'Code', 'x'].map((type) => ({ response_type: type }))
      )
  },
  {
    number: 24,
    title: 'no other response mode than query',
    run: (t, world) =>
      back(
        t,
        world,
        'invalid_request',
        ['fragment', 'form_post', 'x'].map((mode) => ({ response_mode: mode }))
      )
  },
  {
    number: 25,
    title:
      'no parameter comes twice: client_id and redirect_uri get a page, others go back, and a doubled state is not echoed',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      for (const raw of [
        '&client_id=other',
        `&client_id=${client.client_id}`,
        '&redirect_uri=https%3A%2F%2Fevil.example%2F'
      ]) {
        await isPage(t, await ask(visitor, client, {}, raw), raw)
      }
      for (const raw of [
        '&scope=mcp%3Amemory&scope=mcp%3Acoding',
        '&code_challenge=x',
        '&response_type=code'
      ]) {
        await goesBack(
          t,
          world,
          await ask(visitor, client, {}, raw),
          'invalid_request',
          REDIRECT_URI,
          raw
        )
      }
      const parameters = await goesBack(
        t,
        world,
        await ask(visitor, client, {}, '&state=second'),
        'invalid_request',
        REDIRECT_URI
      )
      t.equal(parameters.get('state'), null)
    }
  },
  {
    number: 26,
    title: 'brackets make no arrays: such names are unknown, and ignored',
    run: (t, world) =>
      shown(t, world, [
        '&scope[]=x',
        '&redirect_uri[0]=https%3A%2F%2Fevil.example%2F',
        '&client_id[a]=b',
        '&__proto__[x]=y'
      ])
  },
  {
    number: 27,
    title: 'an empty parameter is an omitted one',
    run: (t, world) =>
      shown(t, world, ['&scope=', '&response_mode=', '&resource=', '&prompt=', '&request_uri='])
  },
  {
    number: 28,
    title: 'unknown parameters are ignored',
    run: (t, world) =>
      shown(t, world, ['&nonce=x', '&login_hint=a%40b.c', '&ui_locales=de', '&constructor=x'])
  },
  {
    number: 29,
    title:
      'a client without secret must send a code challenge, and so must one whose row demands it; a client with a secret may leave it out, as the guide says',
    run: async (t, world) => {
      const without = { code_challenge: undefined, code_challenge_method: undefined }
      await back(t, world, 'invalid_request', [without], { method: 'none' })
      await shown(t, world, [without])
      const [client, visitor] = [await world.register(), await world.visitor()]
      await world.db
        .updateTable('oauth_clients')
        .set({ require_pkce: true })
        .where('client_id', '=', client.client_id)
        .execute()
      await goesBack(t, world, await ask(visitor, client, without), 'invalid_request', REDIRECT_URI)
    }
  },
  {
    number: 30,
    title: 'the method plain, also by being left out, is refused',
    run: (t, world) =>
      back(t, world, 'invalid_request', [
        { code_challenge_method: undefined },
        { code_challenge_method: 'plain' }
      ])
  },
  {
    number: 31,
    title: 'unknown methods are refused',
    run: (t, world) =>
      back(t, world, 'invalid_request', [
        { code_challenge_method: 'S512' },
        { code_challenge_method: 's256' }
      ])
  },
  {
    number: 32,
    title: 'a malformed challenge is refused',
    run: (t, world) =>
      back(
        t,
        world,
        'invalid_request',
        [
          'x'.repeat(42),
          'x'.repeat(129),
          `${'x'.repeat(42)}=`,
          `${'x'.repeat(42)}+`,
          'é'.repeat(43)
        ].map((challenge) => ({ code_challenge: challenge }))
      )
  },
  {
    number: 33,
    title: 'a method without a challenge is refused',
    run: (t, world) => back(t, world, 'invalid_request', [{ code_challenge: undefined }])
  }
]
