import { REDIRECT_URI } from '../../../support/oauth-client.ts'
import { requestAuthorization, expectErrorRedirect, expectErrorPage } from './expectations.ts'
import { expectErrorRedirects, expectConsentPages } from './authorization-outcomes.ts'
import type { Case } from './case.ts'

export const authorizationRequestCases: Case[] = [
  {
    title: 'an unknown client gets a page that explains how to connect again',
    run: async (t, service) => {
      for (const id of ['nobody', '<script>', 'x'.repeat(3000)]) {
        const text = await expectErrorPage(
          t,
          await requestAuthorization(await service.visitor(), {
            client_id: id,
            redirect_uri: REDIRECT_URI
          }),
          id.slice(0, 20)
        )
        t.match(text, 'Invalid client_id')
        t.match(text, /add it again|[Cc]onnect/)
        t.notMatch(text, '<script>')
      }
    }
  },
  {
    title: 'a request without client_id gets a page',
    run: async (t, service) => {
      const visitor = await service.visitor()
      for (const id of [undefined, '']) {
        await expectErrorPage(
          t,
          await requestAuthorization(
            visitor,
            { client_id: '', redirect_uri: REDIRECT_URI },
            { client_id: id }
          ),
          String(id)
        )
      }
    }
  },
  {
    title: 'a disabled client gets a page; a client without the code grant gets an error redirect',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      const row = service.db.updateTable('oauth_clients').where('client_id', '=', client.client_id)
      await row.set({ grant_types: '["refresh_token"]' }).execute()
      await expectErrorRedirect(
        t,
        service,
        await requestAuthorization(visitor, client),
        'unauthorized_client',
        REDIRECT_URI
      )
      await row.set({ disabled_at: new Date() }).execute()
      await expectErrorPage(t, await requestAuthorization(visitor, client), 'disabled')
    }
  },
  {
    title: 'response_type is required',
    run: (t, service) =>
      expectErrorRedirects(t, service, 'invalid_request', [
        { response_type: undefined },
        { response_type: '' }
      ])
  },
  {
    title: 'every response_type except code is refused',
    run: (t, service) =>
      expectErrorRedirects(
        t,
        service,
        'unsupported_response_type',
        ['token', 'id_token', 'code token', 'Code', 'x'].map((type) => ({ response_type: type }))
      )
  },
  {
    title: 'every response_mode except query is refused',
    run: (t, service) =>
      expectErrorRedirects(
        t,
        service,
        'invalid_request',
        ['fragment', 'form_post', 'x'].map((mode) => ({ response_mode: mode }))
      )
  },
  {
    title:
      'a repeated client_id or redirect_uri gets a page, other repeated parameters an error ' +
      'redirect without a repeated state',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      for (const raw of [
        '&client_id=other',
        `&client_id=${client.client_id}`,
        '&redirect_uri=https%3A%2F%2Fevil.example%2F'
      ]) {
        await expectErrorPage(t, await requestAuthorization(visitor, client, {}, raw), raw)
      }
      for (const raw of [
        '&scope=mcp%3Amemory&scope=mcp%3Acoding',
        '&code_challenge=x',
        '&response_type=code'
      ]) {
        await expectErrorRedirect(
          t,
          service,
          await requestAuthorization(visitor, client, {}, raw),
          'invalid_request',
          REDIRECT_URI,
          raw
        )
      }
      const parameters = await expectErrorRedirect(
        t,
        service,
        await requestAuthorization(visitor, client, {}, '&state=second'),
        'invalid_request',
        REDIRECT_URI
      )
      t.equal(parameters.get('state'), null)
    }
  },
  {
    title: 'parameter names with brackets are unknown, so they are ignored',
    run: (t, service) =>
      expectConsentPages(t, service, [
        '&scope[]=x',
        '&redirect_uri[0]=https%3A%2F%2Fevil.example%2F',
        '&client_id[a]=b',
        '&__proto__[x]=y'
      ])
  },
  {
    title: 'an empty parameter counts as absent',
    run: (t, service) =>
      expectConsentPages(t, service, [
        '&scope=',
        '&response_mode=',
        '&resource=',
        '&prompt=',
        '&request_uri='
      ])
  },
  {
    title: 'unknown authorization parameters are ignored',
    run: (t, service) =>
      expectConsentPages(t, service, [
        '&nonce=x',
        '&login_hint=a%40b.c',
        '&ui_locales=de',
        '&constructor=x'
      ])
  },
  {
    // The guide allows a client with a secret to leave PKCE out.
    title:
      'PKCE is required of a public client and of a client whose row demands it, and is ' +
      'optional for others with a secret',
    run: async (t, service) => {
      const without = { code_challenge: undefined, code_challenge_method: undefined }
      await expectErrorRedirects(t, service, 'invalid_request', [without], { method: 'none' })
      await expectConsentPages(t, service, [without])
      const [client, visitor] = [await service.register(), await service.visitor()]
      await service.db
        .updateTable('oauth_clients')
        .set({ require_pkce: true })
        .where('client_id', '=', client.client_id)
        .execute()
      await expectErrorRedirect(
        t,
        service,
        await requestAuthorization(visitor, client, without),
        'invalid_request',
        REDIRECT_URI
      )
    }
  },
  {
    title: 'the plain code_challenge_method is refused, and so is its absence',
    run: (t, service) =>
      expectErrorRedirects(t, service, 'invalid_request', [
        { code_challenge_method: undefined },
        { code_challenge_method: 'plain' }
      ])
  },
  {
    title: 'an unknown code_challenge_method is refused',
    run: (t, service) =>
      expectErrorRedirects(t, service, 'invalid_request', [
        { code_challenge_method: 'S512' },
        { code_challenge_method: 's256' }
      ])
  },
  {
    title: 'a malformed code_challenge is refused',
    run: (t, service) =>
      expectErrorRedirects(
        t,
        service,
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
    title: 'a code_challenge_method without a code_challenge is refused',
    run: (t, service) =>
      expectErrorRedirects(t, service, 'invalid_request', [{ code_challenge: undefined }])
  }
]
