import { sql } from 'kysely'
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { kaguraJson } from '../cli/command.ts'
import { copyDataDirectory, createDatabase, dropDatabase } from '../support/template.ts'
import {
  onPostgres,
  openSettings,
  type Settings,
  type Teardown,
  temporaryDirectory
} from '../support/helper.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { type Running, runService } from '../support/running.ts'

/** Copies a database that nobody has open. */
async function copyOf(t: Teardown, settings: Settings): Promise<Settings> {
  if (!onPostgres) {
    const directory = temporaryDirectory(t)
    copyDataDirectory(settings['DATA_DIR']!, directory)
    return { ...settings, DATA_DIR: directory }
  }
  const url = settings['DATABASE_URL']!
  const copy = await createDatabase(url, new URL(url).pathname.slice(1))
  t.teardown(() => dropDatabase(url, new URL(copy).pathname.slice(1)))
  return { ...settings, DATABASE_URL: copy }
}

/** What two apps of a person wrote, changed and deleted. */
async function story(running: Running) {
  const user = await running.person()
  const key = await running.key(user)
  const careless = await connectClient(t, running.url, key.key)
  const careful = await connectClient(t, running.url, (await running.key(user)).key)
  for (const name of ['shared', 'gone', 'place', 'a', 'b']) {
    await call(careful, 'memory_store', { key: name, value: `${name} of the careful app` })
  }
  await call(careful, 'graph_link', { from: 'a', to: 'b' })
  const since = new Date()
  await call(careless, 'memory_store', { key: 'tea', value: 'Sencha' })
  await call(careless, 'memory_update', { key: 'shared', value: 'of the careless app' })
  await call(careless, 'memory_delete', { key: 'gone' })
  await call(careless, 'memory_delete', { key: 'place' })
  await call(careless, 'graph_unlink', { from: 'a', to: 'b' })
  await call(careless, 'graph_link', { from: 'tea', to: 'a' })
  await call(careless, 'memory_store', { key: 'later', value: 'careless' })
  await call(careful, 'memory_update', { key: 'later', value: 'careful' })
  await call(careful, 'memory_store', { key: 'place', value: 'taken again' })
  return { user, key, since }
}

/** The tables that an undo changes. Times since then are the same for both. */
async function stateOf(settings: Settings, began: Date): Promise<string> {
  const { db, close } = await openSettings(settings)
  const tables = ['memories', 'memory_versions', 'graph_nodes', 'graph_edges']
  const parts: string[] = []
  for (const table of [...tables, 'graph_edge_versions', 'memory_postings', 'memory_totals']) {
    parts.push(table, await rowsOf(db, table, began))
  }
  await close()
  return parts.join('\n')
}

async function rowsOf(db: Db, table: string, began: Date): Promise<string> {
  const { rows } = await sql<{ row: object }>`select to_jsonb(t) as row from ${sql.table(table)} t
    order by to_jsonb(t) - 'updated_at' - 'written_at' - 'total_no'`.execute(db)
  return JSON.stringify(
    rows.map(({ row }) => row),
    (name, value: unknown) => {
      if (name === 'total_no') return undefined
      const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)
      return isTime && Date.parse(value) >= began.getTime() ? 'now' : value
    },
    1
  )
}

t.test('the page and `kagura memory undo` leave the same database behind', async (t) => {
  const first = await runService(t)
  const { user, key, since } = await story(first)
  await first.app.close()
  const pageSettings = await copyOf(t, first.settings)
  const args = ['memory', 'undo', '--user', user.email, '--key', key.key_id]
  const command = [...args, '--since', since.toISOString()]
  const began = new Date()

  const second = await runService(t, {}, pageSettings)
  const visitor = await second.signedIn(user.email)
  const planned = await kaguraJson(pageSettings, [...command, '--dry-run'])
  const path = `/apps/${key.key_id}/undo`
  const preview = await visitor.get(`${path}?at=${encodeURIComponent(since.toISOString())}`)
  const form = preview.forms.find(
    (candidate) => candidate.method === 'post' && candidate.action === path
  )
  const answer = await visitor.send(form!)
  t.match(answer.html, /Undone: \d+ changes\. \d entr/)
  await second.app.close()

  const result = await kaguraJson(first.settings, command)
  t.ok(result.undone.length >= 3 && result.links.undone.length >= 2 && result.conflicts.length >= 1)
  t.same([planned.of, planned.since], [result.of, result.since])
  t.match(preview.html, `${planned.undone.length} memories would change`)
  t.match(preview.html, `${planned.links.undone.length} links would change`)
  const changes = result.undone.length + result.links.undone.length
  t.match(answer.html, `Undone: ${changes} changes.`)
  t.equal(await stateOf(pageSettings, began), await stateOf(first.settings, began))
})
