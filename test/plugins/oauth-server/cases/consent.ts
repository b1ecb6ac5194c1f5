import {
  approve,
  authorizationUrl,
  decide,
  destination,
  REDIRECT_URI
} from '../../../support/oauth-client.ts'
import { Visitor as Browser } from '../../../support/visitor.ts'
import { approvedFields, consentForm, openConsentPage } from './consent-form.ts'
import { requestAuthorization } from './expectations.ts'
import type { DeployedService } from '../../../support/deployed-service.ts'
import type { Case } from './case.ts'

const countCodes = async ({ db }: DeployedService, clientId: string) =>
  (
    await db
      .selectFrom('oauth_authorization_codes')
      .select('code_hash')
      .where('client_id', '=', clientId)
      .execute()
  ).length

/** The text with the character at that place replaced by another of its kind. */
const withChange = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

export const consentCases: Case[] = [
  {
    title: 'a consent form from another site, or with an invalid signature, approves nothing',
    run: async (t, service) => {
      const { visitor, form, client } = await openConsentPage(service)
      for (const [name, value] of [
        ['origin', 'https://evil.example'],
        ['sec-fetch-site', 'cross-site'],
        ['sec-fetch-site', 'same-site']
      ]) {
        t.equal(
          (await visitor.post(form.action, approvedFields(form), { [name!]: value! })).status,
          403
        )
      }
      const genuine = form.fields.find(([name]) => name === 'form')![1]
      for (const handle of [
        '',
        'x',
        `${genuine}x`,
        withChange(genuine, 0),
        withChange(genuine, genuine.indexOf('.') + 1)
      ]) {
        t.equal(
          (
            await visitor.post(form.action, [
              ...approvedFields(form).filter(([name]) => name !== 'form'),
              ['form', handle]
            ])
          ).status,
          403
        )
      }
      t.equal(await countCodes(service, client.client_id), 0)
      t.ok(
        destination(await visitor.post(form.action, approvedFields(form))).searchParams.get('code'),
        'the form is still good'
      )
    }
  },
  {
    title:
      'a consent form of another browser or person is refused, and repeating a form gives ' +
      'the same code',
    run: async (t, service) => {
      const { user, visitor, form, client } = await openConsentPage(service)
      t.equal(
        (await (await service.visitor()).post(form.action, approvedFields(form))).status,
        403,
        'another person'
      )
      t.equal(
        (await (await service.visitor(user)).post(form.action, approvedFields(form))).status,
        403,
        'the same person in another browser'
      )
      t.match(
        (await new Browser(service.url).post(form.action, approvedFields(form))).html,
        'name="password"'
      )
      const first = destination(
        await visitor.post(form.action, approvedFields(form))
      ).searchParams.get('code')
      const again = await Promise.all(
        [1, 2, 3].map(async () =>
          destination(await visitor.post(form.action, approvedFields(form))).searchParams.get(
            'code'
          )
        )
      )
      t.same(new Set([...again, first]).size, 1)
      t.equal(await countCodes(service, client.client_id), 1)
    }
  },
  {
    title: 'the consent page works in two tabs',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      const { url } = authorizationUrl(client, { prompt: 'consent' })
      const [firstTab, secondTab] = [await visitor.get(url), await visitor.get(url)]
      for (const page of [firstTab, secondTab]) {
        t.ok(
          destination(
            await visitor.post(consentForm(page).action, approvedFields(consentForm(page)))
          ).searchParams.get('code')
        )
      }
    }
  },
  {
    title:
      'extra fields in a consent form are ignored, and a permission that was not offered is ' +
      'refused',
    run: async (t, service) => {
      const { visitor, form } = await openConsentPage(service, { scope: 'mcp:memory' })
      t.equal(
        (await visitor.post(form.action, [...approvedFields(form), ['scope', 'mcp:web']])).status,
        400
      )
      const answer = destination(
        await visitor.post(form.action, [
          ...approvedFields(form),
          ['client_id', 'other'],
          ['redirect_uri', 'https://evil.example/']
        ])
      )
      t.equal(answer.origin + answer.pathname, REDIRECT_URI)
    }
  },
  {
    title: 'an approval without a ticked box grants nothing, and the page explains it',
    run: async (t, service) => {
      const { visitor, page } = await openConsentPage(service)
      const none = await decide(visitor, page, 'approve', [])
      t.match(none, { status: 400, html: /You approved nothing/ })
      t.match(none.html, 'name="decision" value="approve"', 'the page is there again')
    }
  },
  {
    title: 'a denial gets access_denied',
    run: async (t, service) => {
      const { visitor, page, client } = await openConsentPage(service)
      const answer = destination(await decide(visitor, page, 'deny'))
      t.match(Object.fromEntries(answer.searchParams), { error: 'access_denied', iss: service.url })
      t.equal(await countCodes(service, client.client_id), 0)
    }
  },
  {
    // A request from another site never gets a silent answer for a self-registered client.
    title:
      'a remembered consent does not cover another redirect_uri, scope, person or client ' +
      'description',
    run: async (t, service) => {
      const uris = [REDIRECT_URI, 'https://other.example/cb']
      const client = await service.register({ uris })
      const user = await service.person()
      const visitor = await service.visitor(user)
      await approve(visitor, client, { scope: 'mcp:memory' })
      const isSilent = async (overrides: Record<string, string>, browser = visitor) =>
        (await requestAuthorization(browser, client, { scope: 'mcp:memory', ...overrides }))
          .status === 303
      t.equal(await isSilent({}), true, 'the same again')
      t.equal(await isSilent({ redirect_uri: uris[1]! }), false, 'another address')
      t.equal(await isSilent({ scope: 'mcp:memory mcp:coding' }), false, 'more')
      t.equal(await isSilent({}, await service.visitor()), false, 'another person')
      await service.db
        .updateTable('oauth_clients')
        .set({ client_name: 'Renamed' })
        .where('client_id', '=', client.client_id)
        .execute()
      t.equal(await isSilent({}), false, 'another name')
      const selfRegistered = await service.register({ dynamic: true })
      await approve(visitor, selfRegistered)
      const url = () => authorizationUrl(selfRegistered).url
      t.equal(
        (await visitor.request(url(), { headers: { 'sec-fetch-site': 'cross-site' } })).status,
        200
      )
      t.equal((await visitor.request(url(), { headers: { 'sec-fetch-site': 'none' } })).status, 303)
    }
  },
  {
    title: 'a client name is displayed as escaped text on one line, without invisible characters',
    run: async (t, service) => {
      const [client, visitor] = [await service.register(), await service.visitor()]
      await service.db
        .updateTable('oauth_clients')
        .set({ client_name: '<script>alert(1)</script>\u202Eevil\u200B"\'' })
        .where('client_id', '=', client.client_id)
        .execute()
      const { html } = await visitor.get(authorizationUrl(client).url)
      t.notMatch(html, '<script')
      t.match(html, '&lt;script&gt;')
      t.notMatch(html, /[\u202E\u200B]/)
    }
  },
  {
    title: 'a consent form that was opened under another account explains why it is refused',
    run: async (t, service) => {
      const { visitor, form } = await openConsentPage(service)
      visitor.cookies.set(
        'kagura_session',
        (await service.visitor()).cookies.get('kagura_session')!
      )
      const page = await visitor.post(form.action, approvedFields(form))
      t.equal(page.status, 403)
      t.match(page.html, 'Account changed')
    }
  }
]
