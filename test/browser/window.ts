import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import type { Browser } from '../support/browser.ts'
import type { Teardown } from '../support/teardown.ts'
import { PASSWORD } from '../support/running.ts'

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
