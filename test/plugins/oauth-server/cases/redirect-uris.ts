import { sql } from 'kysely'
import { ask, isPage } from './expected.ts'
import { CB, refused, registrationRefuses } from './redirect-uri-refusals.ts'
import type { Case } from './world.ts'

const dangerous = [
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
    number: 4,
    title: 'an address that is not registered gets a page, also when more is wrong',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      for (const more of [
        {},
        { response_type: 'token' },
        { scope: 'nonsense' },
        { code_challenge_method: 'plain' }
      ]) {
        await isPage(
          t,
          await ask(visitor, client, { redirect_uri: 'https://evil.example/', ...more }),
          JSON.stringify(more)
        )
      }
    }
  },
  {
    number: 5,
    title: 'without an address the only registered one is used; of several none is chosen',
    run: async (t, world) => {
      const visitor = await world.visitor()
      t.equal((await ask(visitor, await world.register(), { redirect_uri: undefined })).status, 200)
      await isPage(
        t,
        await ask(visitor, await world.register({ uris: [CB, 'https://good.example/other'] }), {
          redirect_uri: undefined
        }),
        'several'
      )
    }
  },
  {
    number: 6,
    title: 'another path is another address',
    run: (t, world) =>
      refused(
        t,
        world,
        ['/evil', 'x', '/']
          .map((end) => CB + end)
          .concat('https://good.example/c', 'https://good.example//cb')
      )
  },
  {
    number: 7,
    title: 'a query that was added, left out or put in another order is another address',
    run: async (t, world) => {
      await refused(t, world, [`${CB}?x=1`, `${CB}?`])
      await refused(t, world, [`${CB}?b=2&a=1`, CB], [`${CB}?a=1&b=2`])
    }
  },
  {
    number: 8,
    title: 'a fragment is refused, and is not registered',
    run: async (t, world) => {
      await refused(t, world, [`${CB}#x`, `${CB}%23x`])
      await registrationRefuses(t, world, [`${CB}#x`])
    }
  },
  {
    number: 9,
    title: 'user information is refused',
    run: (t, world) =>
      refused(t, world, [
        'https://good.example@evil.example/cb',
        'https://good.example:x@evil.example/',
        'https://user@good.example/cb'
      ])
  },
  {
    number: 10,
    title: 'a backslash is refused',
    run: (t, world) =>
      refused(t, world, ['https://evil.example\\@good.example/cb', 'https:\\\\good.example\\cb'])
  },
  {
    number: 11,
    title: 'dot segments in any spelling are refused',
    run: (t, world) =>
      refused(
        t,
        world,
        ['/../x', '/../cb', '/%2e%2e/cb', '/..;/', '/%252e%252e/cb']
          .map((end) => CB + end)
          .concat('https://good.example/./cb')
      )
  },
  {
    number: 12,
    title: 'another spelling of the host is another address',
    run: (t, world) =>
      refused(t, world, [
        'https://GOOD.example/cb',
        'https://good.example./cb',
        'https://good.example:443/cb',
        'https://xn--good-0na.example/cb',
        'https://ｇood.example/cb',
        'https://good。example/cb'
      ])
  },
  {
    number: 13,
    title: 'another scheme, and another port of https, are refused',
    run: (t, world) =>
      refused(t, world, [
        'http://good.example/cb',
        'https://good.example:8443/cb',
        'HTTPS://good.example/cb'
      ])
  },
  {
    number: 14,
    title: 'white space and control characters are refused and reach no header',
    run: (t, world) =>
      refused(t, world, [
        `${CB}\0`,
        `${CB}\r\nSet-Cookie: a=b`,
        `${CB}\t`,
        ` ${CB}`,
        `${CB} `,
        `${CB}%00`,
        `${CB}%0d%0aSet-Cookie:a=b`
      ])
  },
  {
    number: 15,
    title:
      'schemes that a browser would run are not registered, and not used even when they are in the table',
    run: async (t, world) => {
      await registrationRefuses(t, world, dangerous)
      const [client, visitor] = [await world.register(), await world.visitor()]
      for (const uri of dangerous) {
        await world.db
          .updateTable('oauth_clients')
          .set({ redirect_uris: JSON.stringify([uri]) })
          .where('client_id', '=', client.client_id)
          .execute()
        await isPage(t, await ask(visitor, client, { redirect_uri: uri }), uri)
        await isPage(t, await ask(visitor, client, { redirect_uri: undefined }), `${uri}, left out`)
      }
    }
  },
  {
    number: 20,
    title: 'what is no absolute URI is refused',
    run: (t, world) =>
      refused(t, world, [
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
    number: 21,
    title: 'a wildcard is not registered by a client, and stands for nothing where SQL put one',
    run: async (t, world) => {
      await registrationRefuses(t, world, [
        'https://*.good.example/cb',
        'https://good.example/*',
        'https://chatgpt.com/connector/oauth/*'
      ])
      const [client, visitor] = [await world.register(), await world.visitor()]
      await sql`update oauth_clients set redirect_uris = '["https://*.good.example/cb", "https://good.example/*"]' where client_id = ${client.client_id}`.execute(
        world.db
      )
      for (const uri of [
        'https://a.good.example/cb',
        'https://good.example/x',
        'https://*.good.example/cb'
      ]) {
        await isPage(t, await ask(visitor, client, { redirect_uri: uri }), uri)
      }
    }
  }
]
