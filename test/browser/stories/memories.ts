import type { Test } from 'tap'
import { call, connectClient } from '../../support/mcp-client.ts'
import { heading } from '../window.ts'
import type { Story } from './story.ts'

/** A person writes a memory, takes it back, finds it, changes it and compares its versions. */
export async function memoryStory(t: Test, story: Story): Promise<void> {
  await storeMemories(t, story)
  await writeMemory(t, story)
  await findMemory(t, story)
  await changeMemory(t, story)
}

/** A person selects many memories to tag, move, delete and restore, and purges one. */
export async function selectionStory(t: Test, story: Story): Promise<void> {
  await storeMemories(t, story)
  await changeSelected(t, story)
  await deleteAndRestore(t, story)
  await purgeMemory(t, story)
}

async function storeMemories(t: Test, { running, user }: Story): Promise<void> {
  const client = await connectClient(t, running.url, (await running.key(user)).key)
  await call(client, 'memory_store', { key: 'tea', value: 'Sencha at four in the afternoon' })
  await call(client, 'memory_store', { key: 'mill', value: 'The mill belongs to the river' })
  await call(client, 'memory_store', { key: 'boat', value: 'The blue boat leaks at the stern' })
}

async function writeMemory(t: Test, { running, page, button, link, notice }: Story): Promise<void> {
  await page.goto(`${running.url}/memories`)
  await link('New memory').click()
  await page.getByLabel('Key', { exact: true }).fill('heron')
  await page.getByLabel('Value', { exact: true }).fill('# The heron\n\nIt nests at the *old* mill.')
  await page.getByLabel('Tags', { exact: true }).fill('birds, river')
  await button('Save memory').click()
  await notice(t, 'The memory is saved.')
  t.equal(await heading(page), 'heron')
  t.equal(await page.locator('.markdown em').innerText(), 'old', 'Markdown is formatted')
  await button('Undo').click()
  await notice(t, 'Undone for 1 memory.')
  t.equal(await link('heron').count(), 0)
  await link('Deleted').click()
  await page.getByRole('checkbox', { name: 'Select heron' }).check()
  await button('Restore').click()
  await notice(t, 'Restored 1 memory.')
}

async function findMemory(t: Test, { running, page, button, link }: Story): Promise<void> {
  await page.goto(`${running.url}/memories`)
  await page.getByLabel('Search your memories').fill('where does the heron nest?')
  await button('Search').click()
  const row = page.getByRole('listitem').filter({ has: link('heron') })
  t.match(await row.innerText(), /has the words: heron/)
  t.same([...new Set(await row.locator('mark').allInnerTexts())], ['heron', 'nests'])
  await page.reload()
  t.equal(await page.getByLabel('Search your memories').inputValue(), 'where does the heron nest?')
  await link('heron').click()
  t.equal(await heading(page), 'heron')
}

async function changeMemory(t: Test, { page, button, link, notice }: Story): Promise<void> {
  await link('Edit').click()
  await page.getByLabel('Value', { exact: true }).fill('# The heron\n\nIt nests at the *new* mill.')
  await button('Save').click()
  await notice(t, 'Saved.')
  const versions = page.locator('#states')
  t.match(await versions.innerText(), /Version \d+ present/)
  await versions
    .getByRole('link', { name: /^Version/ })
    .first()
    .click()
  const diff = page.getByRole('region', { name: 'What changed' })
  t.match(await diff.locator('del').innerText(), 'old')
  t.match(await diff.locator('ins').innerText(), 'new')
  await link('Earlier version').click()
  await button('Restore this version').click()
  await notice(t, /Version \d+ is the present one again/)
  t.equal(await page.locator('.markdown em').innerText(), 'old')
}

async function selectAll({ page, running, screen }: Story): Promise<void> {
  await page.goto(`${running.url}/memories`)
  if (screen.script) return page.getByLabel('Select all').check()
  for (const box of await page.getByRole('checkbox', { name: /^Select / }).all()) await box.check()
}

async function changeSelected(t: Test, story: Story): Promise<void> {
  const { page, button, notice } = story
  await selectAll(story)
  await page.getByText('Tag, move, export').click()
  await page.locator('#bulk-tag').fill('spring')
  await button('Add tag').click()
  await notice(t, 'Added the tag “spring” to 3 memories.')
  t.equal(await page.locator('.list').getByText('spring').count(), 3)
  await button('Undo').click()
  await notice(t, 'Undone for 3 memories.')
  t.equal(await page.locator('.list').getByText('spring').count(), 0)
  await selectAll(story)
  await page.getByText('Tag, move, export').click()
  await page.getByLabel('Namespace to move to').fill('garden')
  await button('Move').click()
  await notice(t, 'Moved 3 memories to “garden”.')
  await page.reload()
  t.equal(await page.getByRole('status').count(), 0, 'a message is shown once')
}

async function deleteAndRestore(t: Test, story: Story): Promise<void> {
  const { page, button, link, notice } = story
  await selectAll(story)
  await button('Delete').click()
  await notice(t, 'Deleted 3 memories.')
  await button('Undo').click()
  await notice(t, 'Undone for 3 memories.')
  await page.getByRole('checkbox', { name: 'Select boat' }).check()
  await button('Delete').click()
  await link('Deleted').click()
  await link('boat').click()
  t.equal(await heading(page), 'This memory was deleted')
  await button('Restore').click()
  await notice(t, 'Restored 1 memory.')
}

async function purgeMemory(t: Test, story: Story): Promise<void> {
  const { running, user, page, button, link, notice } = story
  t.equal(await heading(page), 'boat')
  await link('Delete permanently').click()
  t.equal(await heading(page), 'Delete “boat” permanently?')
  await page.getByLabel('Type “delete” to confirm').fill('Delete')
  await button('Delete permanently').click()
  await notice(t, 'The memory is deleted permanently.')
  const versions = running.app.db.selectFrom('memory_versions').select('memory_id')
  const left = versions.where('user_id', '=', user.user_id).where('key', '=', 'boat')
  t.same(await left.execute(), [])
}
