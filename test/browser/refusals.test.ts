import t from 'tap'
import { openBrowser } from '../support/browser.ts'
import { authorizationUrl, register } from '../support/oauth-client.ts'
import { runService } from '../support/running.ts'
import { fillSignIn, heading, openWindow } from './window.ts'

const running = await runService(t)
const browser = await openBrowser(t)

t.test(
  'after many wrong passwords the page says how long to wait, and the right password waits too',
  async (t) => {
    const { email } = await running.person()
    const { page } = await openWindow(t, browser)
    await page.goto(`${running.url}/login`)
    for (let attempt = 1; attempt <= 5; attempt++) {
      await fillSignIn(page, email, 'a wrong password')
      t.equal(await page.getByRole('alert').innerText(), 'Email or password is wrong.')
    }
    const answered = page.waitForResponse((response) => response.request().method() === 'POST')
    await fillSignIn(page, email)
    const answer = await answered
    t.equal(answer.status(), 303, 'a reload does not send the password again')
    const [, wait] = /Wait (\d+) seconds/.exec(await page.getByRole('alert').innerText()) ?? []
    const seconds = Number(wait)
    t.ok(seconds > 0 && seconds <= 15, `${seconds} seconds`)
    t.match(
      await page.getByRole('alert').innerText(),
      `Too many attempts. Wait ${seconds} seconds, then try again.`
    )

    const neighbour = await running.person()
    await fillSignIn(page, neighbour.email)
    t.equal(page.url(), `${running.url}/`, 'another person at the same address does not wait')
  }
)

t.test(
  'an unknown redirect address: only an administrator sees the command that allows it',
  async (t) => {
    const client = await register(running)
    const url = authorizationUrl({ ...client, redirect_uri: "https://client.example/it's-new" }).url
    const command =
      `npx kagura client update '${client.client_id}'` +
      " --redirect-uri 'https://client.example/it'\\''s-new'"
    for (const role of ['admin', 'user'] as const) {
      const { email } = await running.person(undefined, role)
      const { page } = await openWindow(t, browser)
      await page.goto(`${running.url}/login`)
      await fillSignIn(page, email)
      const answer = await page.goto(running.url + url)
      t.equal(answer!.status(), 400)
      t.equal(await heading(page), 'Unknown redirect address')
      const text = await page.locator('main').innerText()
      t.match(text, "https://client.example/it's-new", 'what was received')
      t.equal(text.includes(command), role === 'admin', role)
      t.equal(text.includes('npx kagura'), role === 'admin', role)
    }
  }
)

t.test('a form that was made before another sign-in is refused', async (t) => {
  const [first, second] = [await running.person(), await running.person()]
  const { page, context } = await openWindow(t, browser)
  await page.goto(`${running.url}/login`)
  await fillSignIn(page, first.email)
  await page.goto(`${running.url}/apps/keys`)
  const tab = await context.newPage()
  await tab.goto(`${running.url}/login`)
  await fillSignIn(tab, second.email)
  await page.getByLabel('Name', { exact: true }).fill('Laptop')
  await page.getByRole('button', { name: 'Create key' }).click()
  await page.getByRole('heading', { name: 'This form is out of date' }).waitFor()
  t.same(
    await running.app.db
      .selectFrom('api_keys')
      .select('key_id')
      .where('user_id', 'in', [first.user_id, second.user_id])
      .execute(),
    []
  )
})
