import t from 'tap'
import { deviceFlow } from '../support/device-flow.ts'
import { PASSWORD, runService } from '../support/running.ts'

const running = await runService(t)
const { ask, decide, deviceClient, enter, grantsOf, visitor } = deviceFlow(running)

t.test(
  'the link with the code fills the form in, after signing in, and sends nothing by itself',
  async (t) => {
    const client = await deviceClient()
    const device = await ask(client)
    const browser = await visitor()
    browser.cookies.clear()
    const { email } = await running.person()
    const login = await browser.get(`/device?user_code=${device.user_code}`)
    const page = await browser.submit(login, { email, password: PASSWORD })
    t.match(page.forms[0], { action: '/device' })
    t.same(
      page.forms[0]!.fields.find(([name]) => name === 'user_code'),
      ['user_code', device.user_code]
    )
    t.notMatch(page.html, 'Terminal')
    t.match((await browser.submit(page, {})).html, 'Terminal')
  }
)

t.test('approving without a box, or one that was not offered, grants nothing', async (t) => {
  const client = await deviceClient()
  const device = await ask(client, { scope: 'mcp:memory' })
  const browser = await visitor()
  const consent = await enter(browser, device.user_code)
  const [form] = consent.forms
  t.equal(
    (
      await browser.post('/device', [
        ...form!.fields,
        ['scope', 'mcp:coding'],
        ['decision', 'approve']
      ])
    ).status,
    400
  )
  t.match(await decide(browser, consent, 'approve', []), {
    status: 400,
    html: /You approved nothing/
  })
  t.match(
    (await browser.get(consent.url.replace(running.url, ''))).html,
    'asks to use your memories',
    'and nothing is decided'
  )
  t.same(await grantsOf(client), [])
})

t.test(
  'one form sent eight times at once makes one grant, and every answer is the same page',
  async (t) => {
    const client = await deviceClient()
    const device = await ask(client)
    const browser = await visitor()
    const consent = await enter(browser, device.user_code)
    const pages = await Promise.all(
      Array.from({ length: 8 }, () => decide(browser, consent, 'approve'))
    )
    t.same([...new Set(pages.map(({ html }) => html))].length, 1)
    t.ok(pages.every(({ status }) => status === 200))
    t.equal((await grantsOf(client)).length, 1)
    t.match(
      await decide(browser, consent, 'deny'),
      { status: 410 },
      'an approval is taken back on the account page, not by the old form'
    )
    t.match(await enter(await visitor(), device.user_code), { status: 410, html: /used already/ })
  }
)

t.test(
  'the form belongs to one sign-in; a form from another site or a made-up one is refused',
  async (t) => {
    const client = await deviceClient()
    const device = await ask(client)
    const browser = await visitor()
    const consent = await enter(browser, device.user_code)
    const [form] = consent.forms
    const stranger = await visitor()
    t.match(await decide(stranger, consent, 'approve'), { status: 403, html: /Account changed/ })
    t.equal(
      (
        await browser.post('/device', [...form!.fields, ['decision', 'approve']], {
          'sec-fetch-site': 'cross-site'
        })
      ).status,
      403
    )
    t.equal(
      (
        await browser.post('/device', {
          form: 'e30.AAAA',
          decision: 'approve',
          scope: 'mcp:memory'
        })
      ).status,
      403
    )
    t.equal(
      (await browser.post('/device', { user_code: device.user_code })).status,
      403,
      'a code without the hidden value of our own page'
    )
    browser.cookies.clear()
    t.match(await decide(browser, consent, 'approve'), { status: 200, html: /Sign in/ })
    t.same(await grantsOf(client), [])
  }
)

t.test(
  'guessing codes is slowed down for a sign-in and an account, also between valid codes',
  async (t) => {
    const { email } = await running.person()
    const browser = await running.signedIn(email)
    const client = await deviceClient()
    const device = await ask(client)
    for (let guess = 0; guess < 5; guess++) {
      t.equal((await enter(browser, device.user_code)).status, 200)
      t.match(await enter(browser, 'BBBB-BBBB'), { status: 400, html: /no such code/ })
    }
    const slowed = await enter(browser, 'BBBB-BBBB')
    t.match(slowed, { status: 429, html: /Too many codes were tried/ })
    t.ok(Number(slowed.headers.get('retry-after')) > 0)
    const second = await running.signedIn(email)
    for (let guess = 0; guess < 5; guess++) {
      t.equal((await enter(second, 'BBBB-BBBB')).status, 400, 'another sign-in of the account')
    }
    t.equal((await enter(await running.signedIn(email), 'BBBB-BBBB')).status, 429)
    t.equal(
      (await enter(await visitor(), device.user_code)).status,
      200,
      'another person is not held up'
    )
  }
)
