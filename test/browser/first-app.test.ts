import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { openBrowser } from '../support/browser.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { authorizationUrl, redeem } from '../support/oauth-client.ts'
import { PASSWORD, type Running, runService } from '../support/running.ts'
import { openCallback } from './callback.ts'
import { openWindow } from './window.ts'

const browser = await openBrowser(t)
/** A click takes a person about three seconds, a field to fill in about five. */
const SECONDS_PER_CLICK = 3
const SECONDS_PER_FIELD = 5
const fact = { key: 'favorite_color', value: 'My favorite color is blue.' }

/** A person who counts their steps. */
class Person {
  readonly page: Page
  clicks = 0
  fields = 0
  constructor(page: Page) {
    this.page = page
  }

  async click(role: 'button' | 'link', name: string | RegExp): Promise<void> {
    this.clicks++
    await this.page.getByRole(role, { name, exact: true }).first().click()
  }

  async fill(label: string, value: string): Promise<void> {
    this.fields++
    await this.page.getByLabel(label, { exact: true }).fill(value)
  }

  /** Clicks the button that copies, and returns what the clipboard has then. */
  async copy(id: string): Promise<string> {
    this.clicks++
    await this.page.locator(`[data-copy="#${id}"]`).click()
    await this.page.getByText('Copied').waitFor()
    return this.page.evaluate('navigator.clipboard.readText()')
  }

  seconds(): number {
    return this.clicks * SECONDS_PER_CLICK + this.fields * SECONDS_PER_FIELD
  }
}

/** A fresh service, whose set-up link leads a person to the page of a client. */
async function openClientPage(t: Test, clientName: string) {
  const running = await runService(t)
  const { page, context, blocked } = await openWindow(t, browser)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const person = new Person(page)
  await page.goto(`${running.url}/setup?token=${running.app.setupToken}`)
  await person.fill('Name', 'Ada Lovelace')
  await person.fill('Email', 'ada@example.org')
  await person.fill('Password', PASSWORD)
  await person.click('button', 'Create account')
  await person.click('link', 'Connect an app')
  await person.click('link', new RegExp(`^${clientName}\\s+Not connected`))
  await page.getByText(`Waiting for ${clientName}…`).waitFor()
  return { running, person, page, context, blocked }
}

/** What the page shows by itself, and the memory at the end. */
async function seeMemory(t: Test, person: Person, clientName: string): Promise<void> {
  const { page } = person
  await page.getByText('First call: memory_store').waitFor()
  t.match(await page.locator('#watch').innerText(), `${clientName} is connected.`)
  await person.click('link', 'See what it remembered')
  await page.getByRole('link', { name: fact.key }).waitFor()
  t.match(await page.locator('main').innerText(), fact.value)
}

t.test('set-up link to a connected Claude Code that remembered something', async (t) => {
  const started = performance.now()
  const { running, person, page, blocked } = await openClientPage(t, 'Claude Code')
  await person.click('button', 'Create a key')
  const command = await person.copy('snippet')
  const [, url, key] =
    /^claude mcp add .* kagura (\S+) --header "Authorization: Bearer (kagura_[\w-]{43})"$/.exec(
      command
    )!
  t.equal(url, running.app.mcpUrl)
  const claudeCode = await connectClient(t, running.url, key!)
  await page.getByText('Claude Code is connected.').waitFor()
  t.notOk((await call(claudeCode, 'memory_store', fact)).isError)
  await seeMemory(t, person, 'Claude Code')
  t.same([person.clicks, person.fields], [6, 3])
  requireQuick(t, person, started)
  t.same(blocked, [])
})

t.test('set-up link to a connected ChatGPT, by its URL only', async (t) => {
  const started = performance.now()
  const { running, person, page, context, blocked } = await openClientPage(t, 'ChatGPT')
  const mcpUrl = await person.copy('address')
  const authorization = await beginSignIn(t, mcpUrl)
  const popup = await context.newPage()
  await popup.goto(running.url + authorization.url)
  person.clicks++
  await popup.getByRole('button', { name: 'Approve', exact: true }).click()
  await popup.waitForURL(`${authorization.client.redirect_uri}?**`)
  const accessToken = await finishSignIn(running, authorization)
  await popup.close()
  const chatGpt = await connectClient(t, running.url, accessToken)
  await page.getByText('ChatGPT is connected.').waitFor()
  t.notOk((await call(chatGpt, 'memory_store', fact)).isError)
  await seeMemory(t, person, 'ChatGPT')
  t.same([person.clicks, person.fields], [6, 3])
  requireQuick(t, person, started)
  t.same(blocked, [])
})

/** Under a minute for the person, as they read and click, and for the machine. */
function requireQuick(t: Test, person: Person, started: number): void {
  t.ok(person.seconds() < 60, `${person.seconds()} seconds of clicks and fields`)
  t.ok(performance.now() - started < 60_000, `${Math.round(performance.now() - started)} ms`)
}

type SignIn = Awaited<ReturnType<typeof beginSignIn>>

/** What a client does that knows only the URL: it reads the metadata and registers itself. */
async function beginSignIn(t: Test, mcpUrl: string) {
  const callback = await openCallback(t)
  const refused = await fetch(mcpUrl, { method: 'POST' })
  const [, metadataUrl] = /resource_metadata="([^"]+)"/.exec(
    refused.headers.get('www-authenticate')!
  )!
  const resource = (await (await fetch(metadataUrl!)).json()) as { authorization_servers: string[] }
  const [issuer] = resource.authorization_servers
  const server = (await (
    await fetch(`${issuer}/.well-known/oauth-authorization-server`)
  ).json()) as { registration_endpoint: string }
  const registered = (await (
    await fetch(server.registration_endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'ChatGPT',
        redirect_uris: [callback.uri],
        token_endpoint_auth_method: 'none'
      })
    })
  ).json()) as { client_id: string }
  const client = { client_id: registered.client_id, redirect_uri: callback.uri }
  return { ...authorizationUrl(client), client, callback }
}

async function finishSignIn(
  running: Running,
  { client, callback, verifier }: SignIn
): Promise<string> {
  const code = callback.answers[0]!['code']!
  return String((await redeem(running.url, client, { code, verifier })).access_token)
}
