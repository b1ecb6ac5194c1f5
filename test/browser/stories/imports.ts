import type { Test } from 'tap'
import { harbour, listed } from '../../domain/memory/transfer/chatgpt-export.ts'
import { makeZip } from '../../support/zip.ts'
import type { Story } from './story.ts'

const CHECK_NOW = 'Check now'
const zip = makeZip([
  { name: 'conversations.json', content: JSON.stringify([harbour, listed]) },
  { name: 'user.json', content: '{}' }
])

/** A person brings their memories of ChatGPT, and takes them back. */
export async function importStory(t: Test, story: Story): Promise<void> {
  const { running, user, page, button, link, untilShown } = story
  const countMemories = async () => {
    const rows = running.app.db.selectFrom('memories').select('key')
    return (await rows.where('user_id', '=', user.user_id).execute()).length
  }
  await page.goto(`${running.url}/settings`)
  await link(/^Import/).click()
  await page.getByLabel('File', { exact: true }).setInputFiles({
    name: 'export.zip',
    mimeType: 'application/zip',
    buffer: zip
  })
  await button('Upload and examine').click()
  await untilShown('Ready to import', CHECK_NOW)
  const card = page.locator('#import')
  t.match(await card.innerText(), /export\.zip from ChatGPT[\s\S]*New memories\s+12/)
  t.equal(await countMemories(), 0, 'examining changes nothing')
  await button('Import').click()
  await untilShown('Imported', CHECK_NOW)
  t.equal(await countMemories(), 12)
  await page.reload()
  await button('Undo this import').click()
  await untilShown('Taken back', CHECK_NOW)
  t.match(await card.innerText(), 'Took back 12 memories and 0 links.')
  t.equal(await countMemories(), 0)
}
