import t, { type Test } from 'tap'
import type { Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { approve, authorizationUrl, type OAuthClient, register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { openCallback } from './callback.ts'
import { fillSignIn, openWindow } from './window.ts'

const running = await runService(t)
const browser = await openBrowser(t)

/** A window without a session, of a person who allowed the client in another browser. */
async function allowedBefore(t: Test, uri: string, registration: 'operator' | 'dynamic') {
  const user = await running.person()
  const client = await register(running, { uris: [uri] })
  await running.app.db
    .updateTable('oauth_clients')
    .set({ registration })
    .where('client_id', '=', client.client_id)
    .execute()
  await approve(await running.signedIn(user.email), client)
  return { ...(await openWindow(t, browser)), user, client }
}

/** Follows a link on another site to the authorization request. */
async function comeFromElsewhere(
  page: Page,
  elsewhere: string,
  client: OAuthClient
): Promise<void> {
  await page.goto(elsewhere)
  await page.setContent(
    `<a href="${running.url}${authorizationUrl(client).url.replaceAll('&', '&amp;')}">connect</a>`
  )
  await page.getByRole('link', { name: 'connect' }).click()
}

const asks = (page: Page) => page.getByRole('button', { name: 'Approve' }).waitFor()

t.test("sign-in leads straight back to an operator's app that was allowed before", async (t) => {
  const callback = await openCallback(t)
  const { page, user, client, blocked } = await allowedBefore(t, callback.uri, 'operator')
  await page.goto(running.url + authorizationUrl(client).url)
  await fillSignIn(page, user.email)
  await page.waitForURL(`${callback.uri}?**`)
  t.match(callback.answers, [{ code: /^kgc_/, iss: running.url }])
  await comeFromElsewhere(page, callback.uri, client)
  await page.waitForURL(`${callback.uri}?code=**`)
  t.same(blocked, [])
})

t.test(
  'an app that registered itself needs consent again, unless its address is opened directly',
  async (t) => {
    const { page, user, client } = await allowedBefore(
      t,
      'https://client.example/callback',
      'dynamic'
    )
    const elsewhere = await openCallback(t)
    await page.goto(running.url + authorizationUrl(client).url)
    await fillSignIn(page, user.email)
    await asks(page)
    await comeFromElsewhere(page, elsewhere.uri, client)
    await asks(page)
    const sent = page.waitForRequest((request) =>
      request.url().startsWith('https://client.example/callback?')
    )
    await page.goto(running.url + authorizationUrl(client).url).catch(() => {}) // no such site
    t.match((await sent).url(), /[?&]code=kgc_/)
  }
)
