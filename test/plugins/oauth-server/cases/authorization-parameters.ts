import { approve, authorizationUrl, REDIRECT_URI } from '../../../support/oauth-client.ts'
import { Visitor } from '../../../support/visitor.ts'
import {
  requestAuthorization,
  expectErrorRedirect,
  expectErrorPage,
  postTo
} from './expectations.ts'
import { expectErrorRedirects, expectConsentPages } from './authorization-outcomes.ts'
import type { Case } from './case.ts'

export const authorizationParameterCases: Case[] = [
  {
    title: 'unknown scope values are dropped, and a scope of nothing else is refused',
    run: async (t, service) => {
      await expectErrorRedirects(t, service, 'invalid_scope', [
        { scope: 'nonsense' },
        { scope: 'openid profile' }
      ])
      await expectConsentPages(t, service, [
        { scope: 'mcp:memory openid profile offline_access nonsense' }
      ])
    }
  },
  {
    title: 'a scope with illegal characters is refused, and repeated spaces count as one',
    run: async (t, service) => {
      await expectErrorRedirects(
        t,
        service,
        'invalid_scope',
        ['mcp:memory "x"', 'mcp:memory\\', 'mcp:memory\tmcp:coding', 'mcp:mémory'].map((scope) => ({
          scope
        }))
      )
      await expectConsentPages(t, service, [{ scope: '  mcp:memory   mcp:coding ' }])
    }
  },
  {
    title: 'a scope beyond the registration is narrowed, and refused when nothing remains',
    run: async (t, service) => {
      await expectErrorRedirects(t, service, 'invalid_scope', [{ scope: 'mcp:web' }], {
        scope: 'mcp:memory'
      })
      const [client, visitor] = [
        await service.register({ scope: 'mcp:memory' }),
        await service.visitor()
      ]
      const text = await (
        await requestAuthorization(visitor, client, { scope: 'mcp:tools' })
      ).text()
      t.match(text, 'value="mcp:memory"')
      t.notMatch(text, 'value="mcp:web"')
    }
  },
  {
    title: 'a resource that is not this server is refused',
    run: (t, service) =>
      expectErrorRedirects(
        t,
        service,
        'invalid_target',
        [
          'https://elsewhere.example/mcp',
          '/mcp',
          'nonsense',
          `${service.url}/mcp#x`,
          `${service.url}/other`
        ].map((resource) => ({ resource }))
      )
  },
  {
    title: 'several resources are accepted when all of them are this server',
    run: async (t, service) => {
      const resourceParameter = (path: string) =>
        `&resource=${encodeURIComponent(service.url + path)}`
      await expectConsentPages(t, service, [
        resourceParameter('/mcp') + resourceParameter('/api/v1/mcp/sse')
      ])
      await expectErrorRedirects(t, service, 'invalid_target', [
        `${resourceParameter('/mcp')}&resource=https%3A%2F%2Felsewhere.example`
      ])
    }
  },
  {
    title: 'a request without a resource means this server',
    run: (t, service) => expectConsentPages(t, service, [{ resource: undefined }])
  },
  {
    title: 'an oversized request is refused, and a state of 4 KB is accepted',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      t.equal(
        (await requestAuthorization(visitor, client, { state: 's'.repeat(4096) })).status,
        200
      )
      for (const [name, answer] of [
        ['state', await requestAuthorization(visitor, client, { state: 's'.repeat(9000) })],
        ['parameters', await requestAuthorization(visitor, client, {}, '&a=b'.repeat(1000))],
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
    title: 'NUL and invalid UTF-8 in authorization parameters cause no server error',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      for (const raw of ['&state2=%00', '&login_hint=%FF%FE', '&x=%ED%A0%80']) {
        t.ok(
          [200, 303, 400].includes((await requestAuthorization(visitor, client, {}, raw)).status),
          raw
        )
      }
      await expectErrorPage(
        t,
        await requestAuthorization(visitor, client, { client_id: 'a\0b' }),
        'client_id'
      )
      for (const name of ['state', 'scope']) {
        await expectErrorRedirect(
          t,
          service,
          await requestAuthorization(visitor, client, { [name]: 'a\0b' }),
          'invalid_request',
          REDIRECT_URI,
          name
        )
      }
    }
  },
  {
    title: 'a state comes back byte for byte, and no page displays it',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      const state = '<b>"\'&+ %25é\u2028\n'
      const parameters = await expectErrorRedirect(
        t,
        service,
        await requestAuthorization(visitor, client, { state, response_type: 'x' }),
        'unsupported_response_type',
        REDIRECT_URI
      )
      t.equal(parameters.get('state'), state)
      t.notMatch(
        await (await requestAuthorization(visitor, client, { state: '<marquee>' })).text(),
        '<marquee>'
      )
    }
  },
  {
    title:
      'prompt=none displays no page, but an anonymous visitor is not redirected to a ' +
      'self-registered client',
    run: async (t, service) => {
      const [client, selfRegistered] = [
        await service.register(),
        await service.register({ dynamic: true })
      ]
      await expectErrorRedirect(
        t,
        service,
        await requestAuthorization(await service.visitor(), client, { prompt: 'none' }),
        'consent_required',
        REDIRECT_URI
      )
      await expectErrorRedirect(
        t,
        service,
        await requestAuthorization(new Visitor(service.url), client, { prompt: 'none' }),
        'login_required',
        REDIRECT_URI
      )
      await expectErrorPage(
        t,
        await requestAuthorization(new Visitor(service.url), selfRegistered, { prompt: 'none' }),
        'self-registered'
      )
    }
  },
  {
    title: 'a request object and a foreign request_uri are refused and never fetched',
    run: async (t, service) => {
      await expectErrorRedirects(t, service, 'request_not_supported', [{ request: 'eyJ.e30.' }])
      const [client, visitor] = [await service.register(), await service.visitor()]
      const answer = await requestAuthorization(visitor, client, {
        request_uri: `${service.url}/request`
      })
      t.ok([303, 400].includes(answer.status))
      t.match(
        answer.status === 303 ? answer.headers.get('location') : await answer.text(),
        /request_uri|pushed/
      )
    }
  },
  {
    title: 'a pushed request works once, before it expires, for its own client',
    run: async (t, service) => {
      const [client, otherClient, visitor] = [
        await service.register(),
        await service.register(),
        await service.visitor()
      ]
      const { client_id: id, client_secret: secret } = client
      const query = new URLSearchParams(authorizationUrl(client).url.split('?')[1])
      const pushed = await postTo(service, '/api/v1/oauth/par', {
        ...Object.fromEntries(query),
        client_id: id,
        client_secret: secret
      })
      t.match(pushed, { status: 201, expires_in: 600 })
      const at = (clientId: string) =>
        `/api/v1/oauth/authorize?${new URLSearchParams({
          client_id: clientId,
          request_uri: String(pushed['request_uri'])
        }).toString()}`
      t.equal((await visitor.request(at(id))).status, 200)
      t.equal((await visitor.request(at(id))).status, 200, 'looking at it does not use it up')
      t.equal((await visitor.request(at(otherClient.client_id))).status, 400)
      const page = await visitor.get(at(id))
      const form = page.forms.find(({ fields }) => fields.some(([name]) => name === 'form'))!
      t.equal((await visitor.post(form.action, [...form.fields, ['decision', 'deny']])).status, 200)
      t.equal((await visitor.request(at(id))).status, 400, 'decided')
    }
  },
  {
    title: 'a posted authorization request gets the same checks',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      const { url } = authorizationUrl(client)
      const [path = '', query = ''] = url.split('?')
      t.match(
        await (
          await visitor.request(path, { method: 'POST', body: new URLSearchParams(query) })
        ).text(),
        'name="decision"'
      )
      await expectErrorRedirect(
        t,
        service,
        await visitor.request(path, {
          method: 'POST',
          body: new URLSearchParams(`${query}&response_mode=x`)
        }),
        'invalid_request',
        REDIRECT_URI
      )
      await expectErrorPage(
        t,
        await visitor.request(`${url}`, { method: 'POST', body: new URLSearchParams('a=b') }),
        'the query of a POST does not count'
      )
    }
  },
  {
    title: 'CORS does not open the authorization endpoint to other origins',
    run: async (t, service) => {
      const { url } = authorizationUrl(await service.register())
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await fetch(service.url + url, {
          method,
          redirect: 'manual',
          headers: { origin: 'https://claude.ai', 'access-control-request-method': 'GET' }
        })
        t.equal(answer.headers.get('access-control-allow-origin'), null, method)
      }
    }
  },
  {
    title: 'a self-registered client gets no redirect before the person has approved it',
    run: async (t, service) => {
      const client = await service.register({ dynamic: true })
      await expectErrorPage(
        t,
        await requestAuthorization(new Visitor(service.url), client, { scope: 'nonsense' }),
        'anonymous'
      )
      const visitor = await service.visitor()
      await expectErrorPage(
        t,
        await requestAuthorization(visitor, client, { scope: 'nonsense' }),
        'signed in'
      )
      await approve(visitor, client)
      await expectErrorRedirect(
        t,
        service,
        await requestAuthorization(visitor, client, { scope: 'nonsense' }),
        'invalid_scope',
        REDIRECT_URI
      )
    }
  },
  {
    title: 'an error redirect names its issuer',
    run: (t, service) =>
      expectErrorRedirects(t, service, 'unsupported_response_type', [{ response_type: 'x' }])
  },
  {
    title: 'request headers do not change the issuer',
    run: async (t, service) => {
      for (const [name, value] of [
        ['x-forwarded-host', 'evil.example'],
        ['x-forwarded-proto', 'https'],
        ['forwarded', 'host=evil.example']
      ]) {
        const metadata = (await (
          await fetch(`${service.url}/.well-known/oauth-authorization-server`, {
            headers: { [name!]: value! }
          })
        ).json()) as { issuer: string }
        t.equal(metadata.issuer, service.url)
      }
    }
  }
]
