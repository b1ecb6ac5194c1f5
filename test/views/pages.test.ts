import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConsoleMessage, Page } from 'playwright-core'
import t from 'tap'
import { type Browser, openBrowser } from '../support/browser.ts'
import { auditPage } from '../support/page-audit.ts'
import { samples } from './samples/index.ts'
import type { Sample } from './samples/sample.ts'
import { viewServer } from '../support/view-server.ts'

/** The narrowest screen, in the scheme that is harder to get right; pages.prove.ts has them all. */
const screens = [{ width: 360, height: 740, colorScheme: 'dark' }] as const

const client = createServer((_request, response) => response.end('arrived'))
await once(client.listen(0, '127.0.0.1'), 'listening')
t.teardown(() => client.close())
const callback = `http://127.0.0.1:${(client.address() as AddressInfo).port}/callback?code=a&state=%22x%22%27;&iss=https%3A%2F%2Fx`
const left: Sample = {
  view: 'continue',
  data: { url: callback, clientName: 'Claude Code', approved: true, redirectHost: '127.0.0.1' }
}
const app = await viewServer({ left })
t.teardown(() => app.close())
const base = await app.listen({ port: 0 })
const browser = await openBrowser(t)

for (const { width, height, colorScheme } of screens) {
  t.test(
    `at ${width} pixels, ${colorScheme}, every page fits, is readable and labels its controls`,
    async (t) => {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme })
      t.teardown(() => context.close())
      const page = await context.newPage()
      for (const name of Object.keys(samples)) t.same(await faults(page, name), [], name)
    }
  )
}

for (const { width, height } of [
  { width: 1280, height: 900 },
  { width: 390, height: 844 },
  { width: 480, height: 650 }
]) {
  t.test(
    `at ${width}x${height} Approve and Deny are in view on every consent page, without scrolling`,
    async (t) => {
      const context = await browser.newContext({ viewport: { width, height } })
      t.teardown(() => context.close())
      const page = await context.newPage()
      for (const name of Object.keys(samples).filter(
        (name) => samples[name]!.view === 'consent' && !name.includes('hostile')
      )) {
        await page.goto(`${base}/sample/${name}`)
        for (const decision of ['approve', 'deny']) {
          const box = await page.locator(`button[value=${decision}]`).boundingBox()
          t.ok(
            box && box.y >= 0 && box.y + box.height <= height,
            `${name}: ${decision} ends at ${box && box.y + box.height}`
          )
        }
      }
    }
  )
}

async function faults(page: Page, name: string): Promise<string[]> {
  const complaints: string[] = []
  const listen = (message: ConsoleMessage) => {
    if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text())
  }
  page.on('console', listen)
  if (name.startsWith('continue')) await stay(page, name)
  await page.goto(`${base}/sample/${name}`)
  const problems = await page.evaluate(auditPage)
  page.off('console', listen)
  return [...complaints, ...problems]
}

t.test('Enter in a box of the consent form denies; approving takes the button', async (t) => {
  const page = await noScriptPage(t, browser)
  const posted: string[] = []
  await page.route('**/api/v1/oauth/authorize', (route) => {
    posted.push(route.request().postData() ?? '')
    return route.fulfill({ body: 'ok' })
  })
  await page.goto(`${base}/sample/consent`)
  await page.focus('input[name=scope][value="mcp:web"]')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/api/v1/oauth/authorize')
  await page.goto(`${base}/sample/consent`)
  await page.uncheck('input[name=scope][value="mcp:web"]')
  await page.click('button[name=decision][value=approve]')
  await page.waitForURL('**/api/v1/oauth/authorize')
  const [entered, clicked] = posted.map((text) => new URLSearchParams(text))
  t.equal(entered?.get('decision'), 'deny')
  t.equal(clicked?.get('decision'), 'approve')
  t.equal(clicked?.get('form'), 'form-handle-123')
  t.same(clicked?.getAll('scope'), ['mcp:memory', 'mcp:coding', 'mcp:graph'])
})

t.test(
  'the page after the decision goes to the exact address, by itself and by its link',
  async (t) => {
    const page = await noScriptPage(t, browser)
    await page.goto(`${base}/sample/left`)
    await page.waitForURL((address) => address.pathname === '/callback')
    t.equal(page.url(), callback)
    await stay(page, 'left')
    await page.goto(`${base}/sample/left`)
    await page.click('a.button')
    await page.waitForURL((address) => address.pathname === '/callback')
    t.equal(page.url(), callback)
  }
)

t.test('an address of another scheme leaves the explaining page on the screen', async (t) => {
  const page = await noScriptPage(t, browser)
  await page.goto(`${base}/sample/continue-denied`)
  await page.waitForTimeout(500)
  t.equal(await page.textContent('h1'), 'You denied Cursor')
  t.equal(
    await page.getAttribute('a.button', 'href'),
    'cursor://anysphere.cursor-mcp/oauth/callback?error=access_denied&state=1'
  )
})
async function noScriptPage(t: { teardown: (undo: () => unknown) => void }, browser: Browser) {
  const context = await browser.newContext({ javaScriptEnabled: false })
  t.teardown(() => context.close())
  return context.newPage()
}

/** Removes the redirect of a page, so that it stays on the screen. */
async function stay(page: Page, name: string): Promise<void> {
  await page.route(`**/sample/${name}`, async (route) => {
    const response = await route.fetch()
    return route.fulfill({
      response,
      body: (await response.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '')
    })
  })
}
