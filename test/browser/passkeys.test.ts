import type { CDPSession, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { audited } from '../cli/audited.ts'
import { openBrowser } from '../support/browser.ts'
import { runService } from '../support/running.ts'
import { fillSignIn, heading, openWindow } from './window.ts'

const browser = await openBrowser(t)
const running = await runService(t)
const { db } = running.app
/** Another site on this machine: passkeys of localhost work there, but it is another origin. */
const FOREIGN_ORIGIN = 'http://localhost:9'

const lastReason = async () => (await audited(db, 'auth.login.failed')).at(-1)?.reason
const isIn = async (page: Page) =>
  (await page.context().request.get(`${running.url}/settings`, { maxRedirects: 0 })).status() ===
  200

/** A window whose device keeps passkeys and checks the person; Chromium's virtual authenticator. */
async function windowWithDevice(t: Test) {
  const window = await openWindow(t, browser)
  const device = await window.context.newCDPSession(window.page)
  await device.send('WebAuthn.enable')
  const { authenticatorId } = await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true
    }
  })
  return { ...window, device, authenticatorId }
}

/** A person with a passkey on the device of a window, signed out. */
async function personWithPasskey(t: Test) {
  const { email, user_id: userId } = await running.person()
  const window = await windowWithDevice(t)
  const { page } = window
  await page.goto(`${running.url}/login?return_to=/settings/security`)
  await fillSignIn(page, email)
  await page.getByRole('link', { name: 'Add a passkey' }).click()
  await page.getByLabel('Name').fill('Phone')
  await page.getByRole('button', { name: 'Create passkey' }).click()
  await page.getByText('The passkey Phone is added').waitFor()
  await window.context.clearCookies()
  return { ...window, email, userId }
}

async function usePasskey(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Use a passkey' }).click()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
}

/** What the browser sends when the button is pressed on the page that is open. */
async function pressAndCapture(page: Page) {
  const sent = page.waitForRequest((request) => request.method() === 'POST')
  const loaded = page.waitForEvent('load') // of the page after it
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  const request = await sent
  const cookie = (await request.allHeaders())['cookie']!
  await loaded
  return { body: request.postData()!, cookie }
}

/** Sends an answer as another browser with these cookies would. */
function send(body: string, cookie: string): Promise<Response> {
  return fetch(`${running.url}/login/passkey`, {
    method: 'POST',
    body,
    redirect: 'manual',
    headers: {
      cookie,
      'content-type': 'application/x-www-form-urlencoded',
      'sec-fetch-site': 'same-origin'
    }
  })
}

const startsSession = ({ headers }: Response) =>
  headers.getSetCookie().some((line) => line.startsWith('kagura_session='))

t.test('a passkey is added, signs in without a name or a code, and is removed', async (t) => {
  const { page, email, userId, blocked } = await personWithPasskey(t)
  await page.goto(`${running.url}/login?return_to=/settings/security`)
  t.equal(await page.locator('script').count(), 0, 'the sign-in page itself has no script')
  await usePasskey(page)
  await page.waitForURL('**/settings/security')
  t.match((await audited(db, 'auth.login.succeeded')).at(-1), {
    user_id: userId,
    details: { method: 'passkey' }
  })
  await page.getByLabel('Name of Phone').fill('Old phone')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByText('The passkey has a new name').waitFor()

  await db
    .updateTable('sessions')
    .set({ authenticated_at: new Date(Date.now() - 3600_000) })
    .execute()
  await page.getByRole('link', { name: 'Remove Old phone' }).click()
  t.equal(await heading(page), 'Is it you?')
  await usePasskey(page)
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('The passkey Old phone is removed').waitFor()
  t.same(await db.selectFrom('passkeys').selectAll().where('user_id', '=', userId).execute(), [])

  await page.context().clearCookies()
  await page.goto(`${running.url}/login/passkey`)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByText('This server does not know that passkey').waitFor()
  t.equal(await lastReason(), 'unknown_passkey')
  t.notOk(await isIn(page), email)
  t.same(blocked, [], 'no policy blocked a step')
})

t.test('an answer counts once, and only for the challenge of its browser', async (t) => {
  const { page } = await personWithPasskey(t)
  await page.goto(`${running.url}/login/passkey`)
  const { body, cookie } = await pressAndCapture(page)
  t.ok(await isIn(page))
  const replayed = await send(body, cookie)
  t.notOk(startsSession(replayed))
  t.equal(await lastReason(), 'used_challenge')

  await page.context().clearCookies()
  await page.goto(`${running.url}/login/passkey`)
  const [fresh] = await page.context().cookies()
  const mixed = await send(body, `${fresh!.name}=${fresh!.value}`)
  t.notOk(startsSession(mixed), 'a former answer to a new challenge')
  t.equal(await lastReason(), 'wrong_challenge')
  t.notOk(startsSession(await send(body, '')), 'and without a challenge')
})

t.test('an answer that another site got from the device opens nothing', async (t) => {
  const { page, context } = await personWithPasskey(t)
  await page.goto(`${running.url}/login/passkey`)
  const options = (await page.locator('form').getAttribute('data-options'))!
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  await page.route(`${FOREIGN_ORIGIN}/**`, (route) => route.fulfill({ body: 'Sign in to win' }))
  await page.goto(`${FOREIGN_ORIGIN}/`)
  const answer = await page.evaluate(readAnswer, options)
  const body = new URLSearchParams({ answer, return_to: '/' }).toString()
  t.notOk(startsSession(await send(body, cookie)))
  t.equal(await lastReason(), 'wrong_origin')
})

t.test(
  'a device whose counter goes back is refused as a copy, and so is an unchecked person',
  async (t) => {
    const { page, device, authenticatorId } = await personWithPasskey(t)
    const signIn = async () => {
      await page.context().clearCookies()
      await page.goto(`${running.url}/login/passkey`)
      await pressAndCapture(page)
      return isIn(page)
    }
    t.ok(await signIn())
    t.ok(await signIn(), 'the counter rises')
    await setCounter(device, authenticatorId, 1)
    t.notOk(await signIn())
    t.equal(await lastReason(), 'copied_passkey')
    await setCounter(device, authenticatorId, 100)
    t.ok(await signIn(), 'the device itself still works')

    await page.context().clearCookies()
    await page.goto(`${running.url}/login/passkey`)
    const form = page.locator('form')
    const options = JSON.parse((await form.getAttribute('data-options'))!)
    const cookie = (await page.context().cookies())
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    await device.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
    const careless = JSON.stringify({ ...options, userVerification: 'discouraged' })
    const answer = await page.evaluate(readAnswer, careless)
    const body = new URLSearchParams({ answer, return_to: '/' }).toString()
    t.notOk(startsSession(await send(body, cookie)))
    t.equal(await lastReason(), 'unverified_person')
  }
)

async function setCounter(
  device: CDPSession,
  authenticatorId: string,
  signCount: number
): Promise<void> {
  const { credentials } = await device.send('WebAuthn.getCredentials', { authenticatorId })
  const [credential] = credentials
  const { credentialId } = credential!
  await device.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
  const changed = { ...credential!, signCount }
  await device.send('WebAuthn.addCredential', { authenticatorId, credential: changed })
}

/** Runs inside the browser: the device's answer to a challenge, as JSON. */
async function readAnswer(optionsText: string): Promise<string> {
  const { PublicKeyCredential: library, navigator: browserApi } = globalThis as any
  const publicKey = library.parseRequestOptionsFromJSON(JSON.parse(optionsText))
  const credential = await browserApi.credentials.get({ publicKey })
  return JSON.stringify(credential.toJSON())
}
