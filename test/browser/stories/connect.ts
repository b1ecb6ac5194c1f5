import type { Test } from 'tap'
import { call, connectClient } from '../../support/mcp-client.ts'
import { noteSecret } from '../../support/secret-scan.ts'
import type { Story } from './story.ts'

const CHECK_NOW = 'Check now'

/** A person connects Claude Code with a key, and watches it connect and call. */
export async function connectStory(t: Test, story: Story): Promise<void> {
  const { running, page, button, link, untilShown } = story
  await page.goto(running.url)
  await link('Connect an app').click()
  await link(/^Claude Code\s+Not connected/).click()
  await page.getByText('Waiting for Claude Code…').waitFor()
  await button('Create a key').click()
  const command = await page.locator('#snippet').innerText()
  const key = noteSecret('the key of the page', /Bearer (kagura_[\w-]{43})"/.exec(command)![1]!)
  const app = await connectClient(t, running.url, key)
  await untilShown('Claude Code is connected.', CHECK_NOW)
  t.notOk((await call(app, 'memory_store', { key: 'tea', value: 'Sencha' })).isError)
  await untilShown('First call: memory_store', CHECK_NOW)
  await link('See what it remembered').click()
  await link('tea').waitFor()
}
