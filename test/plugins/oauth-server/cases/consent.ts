import {
  approve,
  authorizationUrl,
  decide,
  destination,
  REDIRECT_URI
} from '../../../support/oauth-client.ts'
import { Visitor as Browser } from '../../../support/visitor.ts'
import { approved, consentForm, opened } from './consent-form.ts'
import { ask } from './expected.ts'
import type { Case, World } from './world.ts'

const codes = async ({ db }: World, clientId: string) =>
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
    number: 51,
    title: 'a consent form from elsewhere, or without our signature, approves nothing',
    run: async (t, world) => {
      const { visitor, form, client } = await opened(world)
      for (const [name, value] of [
        ['origin', 'https://evil.example'],
        ['sec-fetch-site', 'cross-site'],
        ['sec-fetch-site', 'same-site']
      ]) {
        t.equal((await visitor.post(form.action, approved(form), { [name!]: value! })).status, 403)
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
              ...approved(form).filter(([name]) => name !== 'form'),
              ['form', handle]
            ])
          ).status,
          403
        )
      }
      t.equal(await codes(world, client.client_id), 0)
      t.ok(
        destination(await visitor.post(form.action, approved(form))).searchParams.get('code'),
        'the form is still good'
      )
    }
  },
  {
    number: 52,
    title:
      'a form of another browser or person is refused; the same form sent again gives the same code',
    run: async (t, world) => {
      const { user, visitor, form, client } = await opened(world)
      t.equal(
        (await (await world.visitor()).post(form.action, approved(form))).status,
        403,
        'another person'
      )
      t.equal(
        (await (await world.visitor(user)).post(form.action, approved(form))).status,
        403,
        'the same person in another browser'
      )
      t.match(
        (await new Browser(world.url).post(form.action, approved(form))).html,
        'name="password"'
      )
      const first = destination(await visitor.post(form.action, approved(form))).searchParams.get(
        'code'
      )
      const again = await Promise.all(
        [1, 2, 3].map(async () =>
          destination(await visitor.post(form.action, approved(form))).searchParams.get('code')
        )
      )
      t.same(new Set([...again, first]).size, 1)
      t.equal(await codes(world, client.client_id), 1)
    }
  },
  {
    number: 53,
    title: 'the page opened twice works in both tabs',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      const { url } = authorizationUrl(client, { prompt: 'consent' })
      const [one, two] = [await visitor.get(url), await visitor.get(url)]
      for (const page of [one, two]) {
        t.ok(
          destination(
            await visitor.post(consentForm(page).action, approved(consentForm(page)))
          ).searchParams.get('code')
        )
      }
    }
  },
  {
    number: 54,
    title:
      'what is changed in the form changes nothing, and a permission that was not offered is refused',
    run: async (t, world) => {
      const { visitor, form } = await opened(world, { scope: 'mcp:memory' })
      t.equal(
        (await visitor.post(form.action, [...approved(form), ['scope', 'mcp:web']])).status,
        400
      )
      const answer = destination(
        await visitor.post(form.action, [
          ...approved(form),
          ['client_id', 'other'],
          ['redirect_uri', 'https://evil.example/']
        ])
      )
      t.equal(answer.origin + answer.pathname, REDIRECT_URI)
    }
  },
  {
    number: 55,
    title: 'approving without a ticked box grants nothing, and is explained',
    run: async (t, world) => {
      const { visitor, page } = await opened(world)
      const none = await decide(visitor, page, 'approve', [])
      t.match(none, { status: 400, html: /You approved nothing/ })
      t.match(none.html, 'name="decision" value="approve"', 'the page is there again')
    }
  },
  {
    number: 56,
    title: 'a refusal goes back as access_denied',
    run: async (t, world) => {
      const { visitor, page, client } = await opened(world)
      const answer = destination(await decide(visitor, page, 'deny'))
      t.match(Object.fromEntries(answer.searchParams), { error: 'access_denied', iss: world.url })
      t.equal(await codes(world, client.client_id), 0)
    }
  },
  {
    number: 57,
    title:
      'a remembered consent covers no other address, scope, person or description of the client, and no way that began on another site for one that registered itself',
    run: async (t, world) => {
      const uris = [REDIRECT_URI, 'https://other.example/cb']
      const client = await world.register({ uris })
      const user = await world.person()
      const visitor = await world.visitor(user)
      await approve(visitor, client, { scope: 'mcp:memory' })
      const silent = async (overrides: Record<string, string>, by = visitor) =>
        (await ask(by, client, { scope: 'mcp:memory', ...overrides })).status === 303
      t.equal(await silent({}), true, 'the same again')
      t.equal(await silent({ redirect_uri: uris[1]! }), false, 'another address')
      t.equal(await silent({ scope: 'mcp:memory mcp:coding' }), false, 'more')
      t.equal(await silent({}, await world.visitor()), false, 'another person')
      await world.db
        .updateTable('oauth_clients')
        .set({ client_name: 'Renamed' })
        .where('client_id', '=', client.client_id)
        .execute()
      t.equal(await silent({}), false, 'another name')
      const own = await world.register({ dynamic: true })
      await approve(visitor, own)
      const url = () => authorizationUrl(own).url
      t.equal(
        (await visitor.request(url(), { headers: { 'sec-fetch-site': 'cross-site' } })).status,
        200
      )
      t.equal((await visitor.request(url(), { headers: { 'sec-fetch-site': 'none' } })).status, 303)
    }
  },
  {
    number: 64,
    title:
      'what a client calls itself is text: escaped, on one line, without invisible and direction-changing characters',
    run: async (t, world) => {
      const [client, visitor] = [await world.register(), await world.visitor()]
      await world.db
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
    number: 67,
    title: 'a form that was opened as somebody else is refused with what happened',
    run: async (t, world) => {
      const { visitor, form } = await opened(world)
      visitor.cookies.set('kagura_session', (await world.visitor()).cookies.get('kagura_session')!)
      const page = await visitor.post(form.action, approved(form))
      t.equal(page.status, 403)
      t.match(page.html, 'Account changed')
    }
  }
]
