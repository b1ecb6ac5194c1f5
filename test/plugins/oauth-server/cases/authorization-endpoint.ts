import { approve, authorizationUrl, REDIRECT_URI } from '../../../support/oauth-client.ts'
import { Visitor } from '../../../support/visitor.ts'
import {
  requestAuthorization,
  expectErrorRedirect,
  expectErrorPage,
  postTo
} from './expectations.ts'
import { expectErrorRedirects } from './authorization-outcomes.ts'
import type { Case } from './case.ts'

export const authorizationEndpointCases: Case[] = [
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
