import { sql } from 'kysely'
import { requestAuthorization, expectErrorPage } from './expectations.ts'
import {
  CALLBACK,
  expectRedirectUrisRefused,
  expectRegistrationRefuses
} from './redirect-uri-refusals.ts'
import type { Case } from './case.ts'

const scriptUris = [
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://good.example/x',
  'about:blank',
  'java\tscript:alert(1)'
]

export const redirectUriCases: Case[] = [
  {
    title: 'an unregistered redirect_uri gets a page, even when other parameters are wrong too',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      for (const more of [
        {},
        { response_type: 'token' },
        { scope: 'nonsense' },
        { code_challenge_method: 'plain' }
      ]) {
        await expectErrorPage(
          t,
          await requestAuthorization(visitor, client, {
            redirect_uri: 'https://evil.example/',
            ...more
          }),
          JSON.stringify(more)
        )
      }
    }
  },
  {
    title:
      'a request without redirect_uri uses the only registered one, and fails when several ' +
      'are registered',
    run: async (t, service) => {
      const visitor = await service.visitor()
      t.equal(
        (await requestAuthorization(visitor, await service.register(), { redirect_uri: undefined }))
          .status,
        200
      )
      await expectErrorPage(
        t,
        await requestAuthorization(
          visitor,
          await service.register({ uris: [CALLBACK, 'https://good.example/other'] }),
          {
            redirect_uri: undefined
          }
        ),
        'several'
      )
    }
  },
  {
    title: 'a redirect_uri with a different path is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(
        t,
        service,
        ['/evil', 'x', '/']
          .map((end) => CALLBACK + end)
          .concat('https://good.example/c', 'https://good.example//cb')
      )
  },
  {
    title: 'a redirect_uri with a query that was added, removed or reordered is refused',
    run: async (t, service) => {
      await expectRedirectUrisRefused(t, service, [`${CALLBACK}?x=1`, `${CALLBACK}?`])
      await expectRedirectUrisRefused(
        t,
        service,
        [`${CALLBACK}?b=2&a=1`, CALLBACK],
        [`${CALLBACK}?a=1&b=2`]
      )
    }
  },
  {
    title: 'a redirect_uri with a fragment is refused, at registration too',
    run: async (t, service) => {
      await expectRedirectUrisRefused(t, service, [`${CALLBACK}#x`, `${CALLBACK}%23x`])
      await expectRegistrationRefuses(t, service, [`${CALLBACK}#x`])
    }
  },
  {
    title: 'a redirect_uri with user information is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(t, service, [
        'https://good.example@evil.example/cb',
        'https://good.example:x@evil.example/',
        'https://user@good.example/cb'
      ])
  },
  {
    title: 'a redirect_uri with a backslash is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(t, service, [
        'https://evil.example\\@good.example/cb',
        'https:\\\\good.example\\cb'
      ])
  },
  {
    title: 'a redirect_uri with dot segments in any spelling is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(
        t,
        service,
        ['/../x', '/../cb', '/%2e%2e/cb', '/..;/', '/%252e%252e/cb']
          .map((end) => CALLBACK + end)
          .concat('https://good.example/./cb')
      )
  },
  {
    title: 'a redirect_uri with a different spelling of the host is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(t, service, [
        'https://GOOD.example/cb',
        'https://good.example./cb',
        'https://good.example:443/cb',
        'https://xn--good-0na.example/cb',
        'https://ｇood.example/cb',
        'https://good。example/cb'
      ])
  },
  {
    title: 'a redirect_uri with a different scheme or https port is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(t, service, [
        'http://good.example/cb',
        'https://good.example:8443/cb',
        'HTTPS://good.example/cb'
      ])
  },
  {
    title: 'a redirect_uri with white space or control characters is refused and reaches no header',
    run: (t, service) =>
      expectRedirectUrisRefused(t, service, [
        `${CALLBACK}\0`,
        `${CALLBACK}\r\nSet-Cookie: a=b`,
        `${CALLBACK}\t`,
        ` ${CALLBACK}`,
        `${CALLBACK} `,
        `${CALLBACK}%00`,
        `${CALLBACK}%0d%0aSet-Cookie:a=b`
      ])
  },
  {
    title: 'a script scheme cannot be registered, and is refused even when the table holds it',
    run: async (t, service) => {
      await expectRegistrationRefuses(t, service, scriptUris)
      const [client, visitor] = [await service.register(), await service.visitor()]
      for (const uri of scriptUris) {
        await service.db
          .updateTable('oauth_clients')
          .set({ redirect_uris: JSON.stringify([uri]) })
          .where('client_id', '=', client.client_id)
          .execute()
        await expectErrorPage(
          t,
          await requestAuthorization(visitor, client, { redirect_uri: uri }),
          uri
        )
        await expectErrorPage(
          t,
          await requestAuthorization(visitor, client, { redirect_uri: undefined }),
          `${uri}, left out`
        )
      }
    }
  },
  {
    title: 'a redirect_uri that is not an absolute URI is refused',
    run: (t, service) =>
      expectRedirectUrisRefused(t, service, [
        '/cb',
        'cb',
        'good.example/cb',
        '//evil.example/cb',
        '?x',
        'https:',
        'https://'
      ])
  },
  {
    title: 'a wildcard cannot be registered, and matches nothing when SQL put it in the table',
    run: async (t, service) => {
      await expectRegistrationRefuses(t, service, [
        'https://*.good.example/cb',
        'https://good.example/*',
        'https://chatgpt.com/connector/oauth/*'
      ])
      const [client, visitor] = [await service.register(), await service.visitor()]
      await sql`update oauth_clients set redirect_uris = '["https://*.good.example/cb", "https://good.example/*"]' where client_id = ${client.client_id}`.execute(
        service.db
      )
      for (const uri of [
        'https://a.good.example/cb',
        'https://good.example/x',
        'https://*.good.example/cb'
      ]) {
        await expectErrorPage(
          t,
          await requestAuthorization(visitor, client, { redirect_uri: uri }),
          uri
        )
      }
    }
  }
]
