import type { Test } from 'tap'
import { call, connectClient, initialize, post } from '../../support/mcp-client.ts'
import { noteSecret } from '../../support/secret-scan.ts'
import { heading } from '../window.ts'
import type { Story } from './story.ts'

type App = Awaited<ReturnType<typeof connectClient>>

/** A person makes a key, narrows it, undoes what its app did, and revokes it. */
export async function appStory(t: Test, story: Story): Promise<void> {
  const key = await makeKey(t, story)
  const app = await connectClient(t, story.running.url, key)
  await call(app, 'memory_store', { key: 'tea', value: 'Sencha' })
  await call(app, 'memory_store', { key: 'plan', value: 'Paint the boat', agent_name: 'work' })
  await narrowKey(t, story, app)
  await chooseTools(t, story, key)
  await undoKey(t, story)
  await revokeKey(t, story, key)
}

async function makeKey(t: Test, { running, page, button, link }: Story): Promise<string> {
  await page.goto(`${running.url}/apps`)
  await link('New key').click()
  await page.getByLabel('Name', { exact: true }).fill('Laptop')
  await button('Create key').click()
  const key = await page.getByRole('textbox', { name: 'API key' }).inputValue()
  t.match(key, /^kagura_[\w-]{43}$/)
  await page.reload()
  t.notMatch(await page.content(), key, 'it is shown once')
  return noteSecret('the key of the story', key)
}

async function narrowKey(t: Test, story: Story, app: App): Promise<void> {
  const { page, button, link, notice } = story
  await link('Laptop').click()
  const save = async (): Promise<void> => {
    await button('Save permissions').click()
    await notice(t, 'The permissions of Laptop are saved.')
  }
  await page.getByLabel('Read only').check()
  await save()
  t.ok(await page.getByLabel('Read only').isChecked())
  t.ok((await call(app, 'memory_store', { key: 'tea', value: 'Coffee' })).isError)
  await page.getByLabel('Read and write').check()
  await page.getByText('Reach: All memories').click()
  await page.getByLabel('Only these namespaces').check()
  await page.getByRole('checkbox', { name: 'work', exact: true }).check()
  await save()
  const { text } = await call(app, 'memory_list', {})
  t.match(text, 'Paint the boat')
  t.notMatch(text, 'Sencha', 'another namespace')
  await page.getByLabel('All memories').check()
  await save()
  t.match((await call(app, 'memory_list', {})).text, 'Sencha')
}

async function chooseTools(t: Test, story: Story, key: string): Promise<void> {
  const { running, page, button, notice } = story
  const counts: number[] = []
  for (const list of ['Everything', 'Essential']) {
    await page.getByRole('radio', { name: new RegExp(`^${list}`) }).check()
    await button('Save the list').click()
    await notice(t, 'The list of tools is saved.')
    const app = await connectClient(t, running.url, key)
    counts.push((await app.listTools()).tools.length)
  }
  t.ok(counts[0]! > 2 * counts[1]!, `${counts.join(' and ')} tools`)
}

async function undoKey(t: Test, story: Story): Promise<void> {
  const { running, page, button, link, notice } = story
  await link('Undo what it did').click()
  await page.getByLabel('Since', { exact: true }).selectOption('one hour ago')
  await button('Show what would change').click()
  const preview = page.getByRole('region', { name: /^Changes since/ })
  t.match(await preview.innerText(), /2 memories would change[\s\S]*tea/)
  t.match(await page.locator('.list').innerText(), /plan/)
  await button('Undo 2 changes').click()
  await notice(t, 'Undone: 2 changes.')
  await page.goto(`${running.url}/memories`)
  t.equal(await link('tea').count(), 0)
  await page.goBack()
}

async function revokeKey(t: Test, story: Story, key: string): Promise<void> {
  const { running, page, button, notice } = story
  const status = async () => (await post(running.app.mcpUrl, key, initialize)).status
  await button('Revoke Laptop').click()
  t.equal(await heading(page), 'Revoke the key “Laptop”?')
  t.equal(await status(), 200, 'it asks first')
  await button('Revoke key').click()
  await notice(t, 'The key “Laptop” is revoked')
  t.equal(await status(), 401)
}
