import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Browser } from '../support/browser.ts'
import type { User } from '../../db/people/users.ts'
import { issueSession } from '../../db/people/sessions.ts'
import type { Teardown } from '../support/teardown.ts'
import { PASSWORD, type Running } from '../support/running.ts'

export interface Window {
  context: BrowserContext
  page: Page
  /** Console messages of its tabs about steps that a policy blocked. */
  blocked: string[]
}

/** A fresh profile with one tab; closed at teardown. */
export async function openWindow(
  t: Teardown,
  browser: Browser,
  options: BrowserContextOptions = {}
): Promise<Window> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(10_000)
  t.teardown(() => context.close())
  const blocked: string[] = []
  context.on('console', (message) => {
    if (/Content Security Policy|Refused|violates/.test(message.text())) {
      blocked.push(message.text())
    }
  })
  return { context, page: await context.newPage(), blocked }
}

/**
 * Everything that a page of the service must not do, as it happens: errors and reports of a policy
 * in the console, uncaught errors, dialogs, and requests to another origin.
 */
export function watchFaults(context: BrowserContext, url: string): string[] {
  const faults: string[] = []
  context.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    // Also of a page that answers with 404, which is no fault of the page.
    if (!message.text().startsWith('Failed to load')) faults.push(`console: ${message.text()}`)
  })
  context.on('response', (response) => {
    const isPart = response.request().resourceType() !== 'document'
    if (isPart && response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`)
  })
  context.on('weberror', (error) => faults.push(`error: ${error.error().message}`))
  context.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('request', (request) => {
    const isOwn = request.url().startsWith(`${url}/`) || request.url().startsWith('data:')
    if (!isOwn) faults.push(`request: ${request.url()}`)
  })
  return faults
}

/** Signs the person in to the profile, and returns the value of the cookie. */
export async function addSession(
  context: BrowserContext,
  { app, url }: Running,
  user: User
): Promise<string> {
  const client = { days: 1, ip_address: '127.0.0.1', user_agent: null }
  const value = (await issueSession(app.db, user, client))!
  await context.addCookies([
    { name: 'kagura_session', value, url, httpOnly: true, sameSite: 'Lax' }
  ])
  return value
}

/** Fills in the sign-in form of the tab, and waits for the next page. */
export async function fillSignIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  const answered = page.waitForResponse((response) => response.request().method() === 'POST')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await (await answered).finished()
  await page.waitForLoadState('load')
}

/** The main heading of the tab's page. */
export async function heading(page: Page): Promise<string> {
  return (await page.getByRole('heading', { level: 1 }).innerText()).trim()
}
