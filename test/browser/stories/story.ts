import type { Locator, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { User } from '../../../db/people/users.ts'
import type { Browser } from '../../support/browser.ts'
import type { Running } from '../../support/running.ts'
import { addSession, openWindow, watchFaults } from '../window.ts'

/** A screen of a story: its width in CSS pixels, and whether pages may run their script. */
export interface Screen {
  width: 1280 | 390
  script: boolean
}

/** A signed-in person in front of a window. */
export interface Story {
  running: Running
  user: User
  page: Page
  screen: Screen
  button: (name: string | RegExp) => Locator
  link: (name: string | RegExp) => Locator
  /** Waits for the message of the page, and compares it. */
  notice: (t: Test, expected: string | RegExp) => Promise<void>
  /**
   * Waits until the page shows the text. Without script it presses `checkNow`, as a person would;
   * with script the page changes by itself, and only its clock is hurried.
   */
  untilShown: (text: string, checkNow: string) => Promise<void>
}

/** Tells a story with a new person and window, and fails if a page did what it must not. */
export async function tellStory(
  t: Test,
  { running, browser, screen }: { running: Running; browser: Browser; screen: Screen },
  story: (t: Test, story: Story) => Promise<void>
): Promise<void> {
  const { width, script } = screen
  const { page, context } = await openWindow(t, browser, {
    viewport: { width, height: 844 },
    javaScriptEnabled: script,
    ...(width === 390 && { isMobile: true, hasTouch: true })
  })
  const user = await running.person()
  await addSession(context, running, user)
  if (script) await page.clock.install()
  const faults = watchFaults(context, running.url)
  page.on('load', () => void noteSidewaysScrolling(page, faults))
  const roleLocator = (role: 'button' | 'link') => (name: string | RegExp) =>
    page.getByRole(role, { name, exact: true }).first()
  await story(t, {
    running,
    user,
    page,
    screen,
    button: roleLocator('button'),
    link: roleLocator('link'),
    async notice(t, expected) {
      t.match(await page.getByRole('status').first().innerText(), expected)
    },
    untilShown: (text, checkNow) => untilShown(page, text, { script, checkNow })
  })
  t.same(faults, [])
}

async function untilShown(
  page: Page,
  text: string,
  { script, checkNow }: { script: boolean; checkNow: string }
): Promise<void> {
  const place = page.getByText(text, { exact: true }).first()
  for (let tries = 0; tries < 50; tries++) {
    if (await place.isVisible()) return
    if (script) await page.clock.runFor(3000)
    else await page.getByRole('link', { name: checkNow }).click()
    await place.waitFor({ timeout: 100 }).catch(() => {}) // looks again
  }
  throw new Error(`The page does not show ${text}: ${await page.locator('main').innerText()}`)
}

async function noteSidewaysScrolling(page: Page, faults: string[]): Promise<void> {
  const measure = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  const excess = await page.evaluate(measure).catch(() => 0)
  if (Number(excess) > 0) faults.push(`${page.url()} scrolls sideways by ${String(excess)}`)
}
