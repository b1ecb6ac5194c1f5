import { approve, authorizationUrl, REDIRECT_URI } from '../../../support/oauth-client.ts'
import { Visitor } from '../../../support/visitor.ts'
import { ask, goesBack, isPage, postTo } from './expected.ts'
import { back, shown } from './many.ts'
import type { Case } from './world.ts'

export const authorizationParameterCases: Case[] = [
  {
    number: 34,
    title: 'unknown scope values are left out, and refused when nothing else is there',
    run: async (t, world) => {
      await back(t, world, 'invalid_scope', [{ scope: 'nonsense' }, { scope: 'openid profile' }])
      await shown(t, world, [{ scope: 'mcp:memory openid profile offline_access nonsense' }])
    }
  },
  {
    number: 35,
    title: 'a scope with illegal characters is refused, repeated spaces are one',
    run: async (t, world) => {
      await back(
        t,
        world,
        'invalid_scope',
        ['mcp:memory "x"', 'mcp:memory\\', 'mcp:memory\tmcp:coding', 'mcp:mémory'].map((scope) => ({
          scope
        }))
      )
      await shown(t, world, [{ scope: '  mcp:memory   mcp:coding ' }])
    }
  },
  {
    number: 36,
    title: 'more than the client is registered for is narrowed, and refused when nothing is left',
    run: async (t, world) => {
      await back(t, world, 'invalid_scope', [{ scope: 'mcp:web' }], { scope: 'mcp:memory' })
      const [client, visitor] = [
        await world.register({ scope: 'mcp:memory' }),
        await world.visitor()
      ]
      const text = await (await ask(visitor, client, { scope: 'mcp:tools' })).text()
      t.match(text, 'value="mcp:memory"')
      t.notMatch(text, 'value="mcp:web"')
    }
  },
  {
    number: 37,
    title: 'another resource is refused',
    run: (t, world) =>
      back(
        t,
        world,
        'invalid_target',
        [
          'https://elsewhere.example/mcp',
          '/mcp',
          'nonsense',
          `${world.url}/mcp#x`,
          `${world.url}/other`
        ].map((resource) => ({ resource }))
      )
  },
  {
    number: 38,
    title: 'several resources are fine when all of them are this one',
    run: async (t, world) => {
      const own = (path: string) => `&resource=${encodeURIComponent(world.url + path)}`
      await shown(t, world, [own('/mcp') + own('/api/v1/mcp/sse')])
      await back(t, world, 'invalid_target', [
        `${own('/mcp')}&resource=https%3A%2F%2Felsewhere.example`
      ])
    }
  },
  {
    number: 39,
    title: 'without a resource it is this one',
    run: (t, world) => shown(t, world, [{ resource: undefined }])
  },
  {
    number: 40,
    title: 'what is far too long or too much is refused, and a state of 4 KB is not',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      t.equal((await ask(visitor, client, { state: 's'.repeat(4096) })).status, 200)
      for (const [name, answer] of [
        ['state', await ask(visitor, client, { state: 's'.repeat(9000) })],
        ['parameters', await ask(visitor, client, {}, '&a=b'.repeat(1000))],
        [
          'URL',
          await visitor
            .request(authorizationUrl(client).url + `&x=${'y'.repeat(100_000)}`)
            .catch(() => undefined)
        ]
      ] as const) {
        t.ok(
          answer === undefined || [303, 400, 414, 431].includes(answer.status),
          `${name}: ${answer?.status}`
        )
      }
    }
  },
  {
    number: 41,
    title: 'NUL and bytes that are no text are refused, never a failure',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      for (const raw of ['&state2=%00', '&login_hint=%FF%FE', '&x=%ED%A0%80']) {
        t.ok([200, 303, 400].includes((await ask(visitor, client, {}, raw)).status), raw)
      }
      await isPage(t, await ask(visitor, client, { client_id: 'a\0b' }), 'client_id')
      for (const name of ['state', 'scope']) {
        await goesBack(
          t,
          world,
          await ask(visitor, client, { [name]: 'a\0b' }),
          name === 'scope' ? 'invalid_request' : 'invalid_request',
          REDIRECT_URI,
          name
        )
      }
    }
  },
  {
    number: 42,
    title: 'a state comes back byte for byte, and no page shows it',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      const state = '<b>"\'&+ %25é\u2028\n'
      const parameters = await goesBack(
        t,
        world,
        await ask(visitor, client, { state, response_type: 'x' }),
        'unsupported_response_type',
        REDIRECT_URI
      )
      t.equal(parameters.get('state'), state)
      t.notMatch(await (await ask(visitor, client, { state: '<marquee>' })).text(), '<marquee>')
    }
  },
  {
    number: 43,
    title:
      'prompt=none asks nobody: without sign-in or consent it goes back; an anonymous visitor is not sent to a client that registered itself',
    run: async (t, world) => {
      const [client, own] = [await world.register(), await world.register({ dynamic: true })]
      await goesBack(
        t,
        world,
        await ask(await world.visitor(), client, { prompt: 'none' }),
        'consent_required',
        REDIRECT_URI
      )
      await goesBack(
        t,
        world,
        await ask(new Visitor(world.url), client, { prompt: 'none' }),
        'login_required',
        REDIRECT_URI
      )
      await isPage(t, await ask(new Visitor(world.url), own, { prompt: 'none' }), 'self-registered')
    }
  },
  {
    number: 44,
    title: 'signed requests, and request_uris that are not ours, are refused and never fetched',
    run: async (t, world) => {
      await back(t, world, 'request_not_supported', [{ request: 'eyJ.e30.' }])
      const [client, visitor] = [await world.register(), await world.visitor()]
      const answer = await ask(visitor, client, { request_uri: `${world.url}/request` })
      t.ok([303, 400].includes(answer.status))
      t.match(
        answer.status === 303 ? answer.headers.get('location') : await answer.text(),
        /request_uri|pushed/
      )
    }
  },
  {
    number: 45,
    title: 'a pushed request is good once, in its time, for its client',
    run: async (t, world) => {
      const [client, other, visitor] = [
        await world.register(),
        await world.register(),
        await world.visitor()
      ]
      const { client_id: id, client_secret: secret } = client
      const query = new URLSearchParams(authorizationUrl(client).url.split('?')[1])
      const pushed = await postTo(world, '/api/v1/oauth/par', {
        ...Object.fromEntries(query),
        client_id: id,
        client_secret: secret
      })
      t.match(pushed, { status: 201, expires_in: 600 })
      const at = (clientId: string) =>
        `/api/v1/oauth/authorize?${new URLSearchParams({ client_id: clientId, request_uri: String(pushed['request_uri']) }).toString()}`
      t.equal((await visitor.request(at(id))).status, 200)
      t.equal((await visitor.request(at(id))).status, 200, 'looking at it does not use it up')
      t.equal((await visitor.request(at(other.client_id))).status, 400)
      const page = await visitor.get(at(id))
      const form = page.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
      t.equal((await visitor.post(form.action, [...form.fields, ['decision', 'deny']])).status, 200)
      t.equal((await visitor.request(at(id))).status, 400, 'decided')
    }
  },
  {
    number: 46,
    title: 'the same checks hold for a request that is posted',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      const { url } = authorizationUrl(client)
      const [path = '', query = ''] = url.split('?')
      t.match(
        await (
          await visitor.request(path, { method: 'POST', body: new URLSearchParams(query) })
        ).text(),
        'name="decision"'
      )
      await goesBack(
        t,
        world,
        await visitor.request(path, {
          method: 'POST',
          body: new URLSearchParams(`${query}&response_mode=x`)
        }),
        'invalid_request',
        REDIRECT_URI
      )
      await isPage(
        t,
        await visitor.request(`${url}`, { method: 'POST', body: new URLSearchParams('a=b') }),
        'the query of a POST does not count'
      )
    }
  },
  {
    number: 47,
    title: 'no other origin may read the authorization endpoint',
    run: async (t, world) => {
      const { url } = authorizationUrl(await world.register())
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await fetch(world.url + url, {
          method,
          redirect: 'manual',
          headers: { origin: 'https://claude.ai', 'access-control-request-method': 'GET' }
        })
        t.equal(answer.headers.get('access-control-allow-origin'), null, method)
      }
    }
  },
  {
    number: 48,
    title: 'nobody is sent on to a client that registered itself before having approved it',
    run: async (t, world) => {
      const client = await world.register({ dynamic: true })
      await isPage(t, await ask(new Visitor(world.url), client, { scope: 'nonsense' }), 'anonymous')
      const visitor = await world.visitor()
      await isPage(t, await ask(visitor, client, { scope: 'nonsense' }), 'signed in')
      await approve(visitor, client)
      await goesBack(
        t,
        world,
        await ask(visitor, client, { scope: 'nonsense' }),
        'invalid_scope',
        REDIRECT_URI
      )
    }
  },
  {
    number: 49,
    title: 'every answer names its issuer',
    run: (t, world) => back(t, world, 'unsupported_response_type', [{ response_type: 'x' }])
  },
  {
    number: 50,
    title: 'no header makes another issuer',
    run: async (t, world) => {
      for (const [name, value] of [
        ['x-forwarded-host', 'evil.example'],
        ['x-forwarded-proto', 'https'],
        ['forwarded', 'host=evil.example']
      ]) {
        const metadata = (await (
          await fetch(`${world.url}/.well-known/oauth-authorization-server`, {
            headers: { [name!]: value! }
          })
        ).json()) as { issuer: string }
        t.equal(metadata.issuer, world.url)
      }
    }
  }
]
