import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { authorizationUrl, type OAuthClient, redeem, register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { openCallback } from './callback.ts'
import { addSession, fillSignIn, heading, openWindow } from './window.ts'

const running = await runService(t)
const { db } = running.app
const browser = await openBrowser(t)

/** A signed-in person with a window, and a client with its callback. */
async function ready(t: Test, onward?: string) {
  const user = await running.person()
  const window = await openWindow(t, browser)
  const callback = await openCallback(t, onward)
  const client = await register(running, { uris: [callback.uri] })
  await addSession(window.context, running, user)
  return { ...window, user, callback, client }
}

async function ask(page: Page, client: OAuthClient) {
  const authorization = authorizationUrl(client)
  await page.goto(running.url + authorization.url)
  return authorization
}

const press = (page: Page, name: 'Approve' | 'Deny') => page.getByRole('button', { name }).click()

async function granted(userId: string) {
  const count = (table: 'oauth_grants' | 'oauth_authorization_codes') =>
    db.selectFrom(table).select('user_id').where('user_id', '=', userId).execute()
  return {
    grants: (await count('oauth_grants')).length,
    codes: (await count('oauth_authorization_codes')).length
  }
}

t.test('Deny takes the browser back with access_denied, and nothing is granted', async (t) => {
  const { page, user, callback, client, blocked } = await ready(t)
  const { state } = await ask(page, client)
  await press(page, 'Deny')
  await page.waitForURL(`${callback.uri}?**`)
  t.match(callback.answers, [{ error: 'access_denied', state, iss: running.url }])
  t.notOk(callback.answers[0]!['code'])
  t.same(await granted(user.user_id), { grants: 0, codes: 0 })
  t.same(blocked, [])
})

t.test('two tabs that show the form at once both work, each with a code of its own', async (t) => {
  const { page, context, user, callback, client } = await ready(t)
  const second = await context.newPage()
  const requests = [await ask(page, client), await ask(second, client)]
  for (const tab of [page, second]) {
    await press(tab, 'Approve')
    await tab.waitForURL(`${callback.uri}?**`)
  }
  t.same(
    callback.answers.map(({ state }) => state),
    requests.map(({ state }) => state)
  )
  t.same(await granted(user.user_id), { grants: 2, codes: 2 })
  for (const [index, { verifier }] of requests.entries()) {
    t.equal(
      (await redeem(running.url, client, { code: callback.answers[index]!['code']!, verifier }))
        .status,
      200
    )
  }
})

t.test('a double click on Approve gives one code', async (t) => {
  const { page, user, callback, client } = await ready(t)
  await ask(page, client)
  await page.getByRole('button', { name: 'Approve' }).dblclick()
  await page.waitForURL(`${callback.uri}?**`)
  t.same(await granted(user.user_id), { grants: 1, codes: 1 })
})

t.test(
  'a form that arrives twice at one instant gives one code, and both answers hold it',
  async (t) => {
    const { page, user, callback, client } = await ready(t)
    const { verifier } = await ask(page, client)
    await page.route('**/oauth/consent', async (route) => {
      const [response, twin] = await Promise.all([route.fetch(), route.fetch()])
      t.equal(await twin.text(), await response.text())
      await route.fulfill({ response })
    })
    await press(page, 'Approve')
    await page.waitForURL(`${callback.uri}?**`)
    t.same(await granted(user.user_id), { grants: 1, codes: 1 })
    t.equal(
      (await redeem(running.url, client, { code: callback.answers[0]!['code']!, verifier })).status,
      200
    )
  }
)

t.test(
  'Back after Approve shows the form that was sent: sending it again gives the same code',
  async (t) => {
    const { page, user, callback, client } = await ready(t)
    await ask(page, client)
    await press(page, 'Approve')
    await page.waitForURL(`${callback.uri}?**`)
    await page.goBack()
    await press(page, 'Approve')
    await page.waitForURL(`${callback.uri}?**`)
    t.equal(callback.answers.length, 2)
    t.same(callback.answers[1], callback.answers[0])
    t.same(await granted(user.user_id), { grants: 1, codes: 1 })
  }
)

t.test('opening the address of a request again shows a fresh form', async (t) => {
  const { page, client } = await ready(t)
  const form = () => page.inputValue('input[name=form]')
  const { url } = await ask(page, client)
  const first = await form()
  await page.goto(running.url + url)
  t.not(await form(), first)
})

t.test(
  'a session that ended in between: sign-in appears, and leads back to the same request',
  async (t) => {
    const { page, user, callback, client, blocked } = await ready(t)
    const { url, state, verifier } = await ask(page, client)
    await db.deleteFrom('sessions').where('user_id', '=', user.user_id).execute()
    await press(page, 'Approve')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    t.match(await page.getByRole('alert').innerText(), /signed out/)
    t.same(await granted(user.user_id), { grants: 0, codes: 0 })
    await fillSignIn(page, user.email)
    t.equal(page.url(), running.url + url, 'with every parameter')
    await press(page, 'Approve')
    await page.waitForURL(`${callback.uri}?**`)
    t.equal(callback.answers[0]!['state'], state)
    t.equal(
      (await redeem(running.url, client, { code: callback.answers[0]!['code']!, verifier })).status,
      200
    )
    t.same(blocked, [])
  }
)

t.test(
  'after another tab switched the account, the form is refused and grants nothing',
  async (t) => {
    const { page, context, user, callback, client } = await ready(t)
    const newcomer = await running.person()
    const { url } = await ask(page, client)
    const tab = await context.newPage()
    await tab.goto(`${running.url}/login`)
    await fillSignIn(tab, newcomer.email)

    const [answer] = await Promise.all([
      page.waitForResponse('**/oauth/consent'),
      press(page, 'Approve')
    ])
    t.equal(answer.status(), 403)
    await page.waitForLoadState()
    t.equal(await heading(page), 'Account changed')
    t.match(await page.locator('main').innerText(), newcomer.email)
    t.same(
      [await granted(user.user_id), await granted(newcomer.user_id)],
      [
        { grants: 0, codes: 0 },
        { grants: 0, codes: 0 }
      ]
    )

    await page.getByRole('link', { name: 'Look at the request again' }).click()
    await page.waitForURL(running.url + url)
    t.match(await page.locator('.as').innerText(), newcomer.email)
    await press(page, 'Approve')
    await page.waitForURL(`${callback.uri}?**`)
    t.same(await granted(newcomer.user_id), { grants: 1, codes: 1 })
  }
)

t.test('Not you? signs in as somebody else and comes back to the request', async (t) => {
  const { page, client } = await ready(t)
  const newcomer = await running.person()
  const { url } = await ask(page, client)
  await page.getByRole('link', { name: 'Not you?' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await fillSignIn(page, newcomer.email)
  t.equal(page.url(), running.url + url)
  t.match(await page.locator('.as').innerText(), newcomer.email)
})

t.test(
  'a callback that redirects to the scheme of an app is reached, and so is the app',
  async (t) => {
    const { page, callback, client, blocked } = await ready(
      t,
      'cursor://anysphere.cursor-mcp/oauth/callback'
    )
    const { state } = await ask(page, client)
    const opened = page.waitForEvent('request', (request) => request.url().startsWith('cursor:'))
    await press(page, 'Approve')
    const url = new URL((await opened).url())
    t.match(Object.fromEntries(url.searchParams), { code: /^kgc_/, state, iss: running.url })
    t.equal(callback.answers.length, 1)
    t.same(blocked, [])
  }
)

t.test(
  'the page opens a redirect URI with the scheme of an app, and shows it as a link',
  async (t) => {
    const { page, context, blocked } = await ready(t)
    const client = await register(running, {
      method: 'none',
      uris: ['cursor://anysphere.cursor-mcp/oauth/callback']
    })
    const { state } = await ask(page, client)
    t.match(
      await page.locator('.note.warn').innerText(),
      /whichever app on this device opens links of this kind: cursor:\/\/anysphere.cursor-mcp/
    )
    const devtools = await context.newCDPSession(page)
    await devtools.send('Page.enable')
    const opened = new Promise<string>((resolve) =>
      devtools.on('Page.frameRequestedNavigation', ({ url }) => {
        if (url.startsWith('cursor:')) resolve(url)
      })
    )
    await press(page, 'Approve')
    const url = await opened
    t.match(Object.fromEntries(new URL(url).searchParams), {
      code: /^kgc_/,
      state,
      iss: running.url
    })
    t.equal(await page.getByRole('link', { name: /^Back to/ }).getAttribute('href'), url)
    t.same(blocked, [])
  }
)
