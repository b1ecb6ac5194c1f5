import { authorizationUrl, REDIRECT_URI } from '../../../support/oauth-client.ts'
import { requestAuthorization, expectErrorRedirect, expectErrorPage } from './expectations.ts'
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
  }
]
