import t, { type Test } from 'tap'
import { openBrowser } from '../support/browser.ts'
import { call, connectClient, initialize, post } from '../support/mcp-client.ts'
import { authorizationUrl, redeem, register } from '../support/oauth-client.ts'
import { PASSWORD, runService } from '../support/running.ts'
import { openCallback } from './callback.ts'
import { fillSignIn, heading, openWindow } from './window.ts'

const browser = await openBrowser(t)

type Story = Awaited<ReturnType<typeof openStory>>

/** A fresh service, and a window without a session. */
async function openStory(t: Test, javaScriptEnabled: boolean) {
  const running = await runService(t)
  const { db, setupToken, mcpUrl } = running.app
  const window = await openWindow(t, browser, { javaScriptEnabled })
  return {
    ...window,
    running,
    db,
    setupToken,
    button: (name: string) => window.page.getByRole('button', { name, exact: true }),
    mcpStatus: async (credential: string) => (await post(mcpUrl, credential, initialize)).status
  }
}

async function setUpAdministrator(
  t: Test,
  { running, db, setupToken, page, button }: Story
): Promise<void> {
  const link = `${running.url}/setup?token=${setupToken}`
  await page.goto(link)
  await page.getByLabel('Name').fill('Ada Lovelace')
  await page.getByLabel('Email').fill('ada@example.org')
  await page.getByLabel('Password').fill(PASSWORD)
  await button('Create account').click()
  await page.waitForURL(`${running.url}/`)
  t.equal(await heading(page), 'Hello, Ada Lovelace')
  t.match(await db.selectFrom('users').select(['email', 'role']).execute(), [
    { email: 'ada@example.org', role: 'admin' }
  ])
  const answer = await page.goto(link)
  t.equal(answer!.status(), 403)
  t.equal(await heading(page), 'This set-up link is no longer valid')
}

async function signOut(t: Test, { running, db, page, context, button }: Story): Promise<void> {
  await page.goto(running.url)
  const before = await context.cookies()
  await button('Sign out').click()
  await page.waitForURL(`${running.url}/logout`)
  t.equal(await heading(page), 'You are signed out')
  t.same(await db.selectFrom('sessions').selectAll().execute(), [])
  t.same(
    (await context.cookies()).map(({ name }) => name),
    ['kagura_browser'],
    'which opens nothing'
  )
  await context.addCookies(before)
  await page.goto(running.url)
  t.equal(page.url(), `${running.url}/login`, 'the old cookie is worth nothing')
}

/** Connects an app, and returns its access token. */
async function connectApp(t: Test, { running, page, button }: Story): Promise<string> {
  const callback = await openCallback(t)
  const client = await register(running, {
    id: 'claude-code',
    method: 'none',
    uris: ['http://127.0.0.1/callback']
  })
  const authorization = authorizationUrl({ ...client, redirect_uri: callback.uri })
  await page.goto(running.url + authorization.url)
  t.match(await page.locator('main').innerText(), /to connect Client claude-code to your memories/)
  await fillSignIn(page, 'ada@example.org', 'a wrong password')
  t.match(await page.getByRole('alert').innerText(), 'Email or password is wrong.')
  t.match(
    await page.locator('main').innerText(),
    /to connect Client claude-code to your memories/,
    'the purpose stays'
  )
  t.equal(await page.getByLabel('Email').inputValue(), 'ada@example.org')
  await fillSignIn(page, 'ada@example.org')
  t.equal(page.url(), running.url + authorization.url)
  t.equal(await heading(page), 'Client claude-code asks to use your memories')
  await page.getByRole('checkbox', { name: 'Coding sessions' }).uncheck()
  await button('Approve').click()
  await page.waitForURL(`${callback.uri}?**`)
  t.match(callback.answers, [{ code: /^kgc_/, state: authorization.state, iss: running.url }])

  const tokens = await redeem(
    running.url,
    { ...client, redirect_uri: callback.uri },
    { code: callback.answers[0]!['code']!, verifier: authorization.verifier }
  )
  t.notMatch(tokens.scope, /mcp:tools|mcp:coding/, 'the box that was cleared is not granted')
  const accessToken = String(tokens.access_token)
  const mcp = await connectClient(t, running.url, accessToken)
  t.notOk(
    (
      await call(mcp, 'memory_store', {
        key: 'favorite color',
        value: 'my favorite color is blue'
      })
    ).isError
  )
  t.match((await mcp.listTools()).tools.map(({ name }) => name).join(' '), /^(?!.*coding_)/)
  return accessToken
}

async function useApiKey(t: Test, { running, page, button, mcpStatus }: Story): Promise<void> {
  await page.goto(`${running.url}/apps/keys`)
  await page.getByLabel('Name', { exact: true }).fill('Laptop')
  await button('Create key').click()
  const key = await page.getByRole('textbox', { name: 'API key' }).inputValue()
  t.match(key, /^kagura_[\w-]{43}$/)
  const mcp = await connectClient(t, running.url, key)
  t.match((await call(mcp, 'memory_recall', { key: 'favorite color' })).text, /blue/)

  await page.goto(`${running.url}/apps`)
  t.notMatch(await page.content(), key, 'it is shown once')
  t.match(
    await page.getByRole('listitem').filter({ hasText: 'Laptop' }).innerText(),
    /Last used just now/
  )
  await page.getByRole('link', { name: 'Laptop' }).click()
  await button('Revoke Laptop').click()
  t.match(await heading(page), 'Revoke the key “Laptop”?')
  t.equal(await mcpStatus(key), 200, 'it asks first')
  await button('Revoke key').click()
  t.match(await page.getByRole('status').innerText(), 'The key “Laptop” is revoked')
  t.equal(await mcpStatus(key), 401)
}

async function revokeApp(
  t: Test,
  { page, button, mcpStatus }: Story,
  accessToken: string
): Promise<void> {
  const app = page.getByRole('listitem').filter({ hasText: 'Client claude-code' })
  t.match(await app.innerText(), /Last used just now/)
  t.equal(await mcpStatus(accessToken), 200)
  await page.getByRole('link', { name: 'Client claude-code' }).click()
  await button('Revoke Client claude-code').click()
  await button('Revoke').click()
  t.match(
    await page.getByRole('status').innerText(),
    /Revoked: this installation of Client claude-code/
  )
  await page.getByText('It has no access any more').waitFor()
  t.equal(await mcpStatus(accessToken), 401)
}

for (const javaScriptEnabled of [true, false]) {
  t.test(
    `from the set-up link to the last sign-out, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`,
    async (t) => {
      const story = await openStory(t, javaScriptEnabled)
      let accessToken = ''
      await t.test('the set-up link makes the first administrator, once', (t) =>
        setUpAdministrator(t, story)
      )
      await t.test('signing out ends the session, and the account page asks to sign in', (t) =>
        signOut(t, story)
      )
      await t.test(
        'an app asks, sign-in leads to its request, Approve to its callback',
        async (t) => {
          accessToken = await connectApp(t, story)
        }
      )
      await t.test('a key made under Apps & keys recalls what the app stored', (t) =>
        useApiKey(t, story)
      )
      await t.test('revoking the app on its page ends its access at once', (t) =>
        revokeApp(t, story, accessToken)
      )
      t.same(story.blocked, [])
    }
  )
}
