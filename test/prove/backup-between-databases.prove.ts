// A backup of PostgreSQL goes into the embedded database, and back. Every row stays the same.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { emptySettings, onPostgres, type Settings, temporaryDirectory } from '../support/helper.ts'
import { call, connectClient } from '../support/mcp-client.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson } from '../cli/command.ts'

const skip = !onPostgres && 'the other half has both databases'

/** The rows of a backup in an order of their own; a restore adds its own to the audit log. */
function rowsOf(file: string): string[] {
  const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n').slice(1, -1)
  return lines.filter((line) => !line.includes('"server.restored"')).toSorted()
}

t.test('a backup goes from PostgreSQL to the embedded database and back', { skip }, async (t) => {
  const folder = temporaryDirectory(t)
  const { url, settings, person, key } = await runService(t)
  const ada = await person('ada@example.org', 'admin')
  const { key: apiKey } = await key(ada, 'mcp:tools')
  const client = await connectClient(t, url, apiKey)
  for (const value of ['Blue, "quoted" \\ and 日本語\u0007', 'Green\nand more']) {
    await call(client, 'memory_store', { key: 'colour', value, metadata: { a: [1.5, null] } })
  }
  await call(client, 'memory_store', { key: 'city', value: 'Bergen', pinned: true })
  await call(client, 'graph_link', { from: 'person:Ada', to: 'topic:Bees', type: 'likes' })

  const first = join(folder, 'first')
  await kaguraJson(settings, ['backup', first])
  const [header] = gunzipSync(readFileSync(first)).toString().split('\n', 1)
  const { server_secret: secret } = JSON.parse(header!) as { server_secret: string }
  const embedded: Settings = { DATA_DIR: join(folder, 'data') }
  t.match((await kagura(embedded, ['restore', first])).stdout, /2 memories/)
  const second = join(folder, 'second')
  await kaguraJson(embedded, ['backup', second])
  t.same(rowsOf(second), rowsOf(first))

  const postgres = { ...(await emptySettings(t)), SERVER_SECRET: secret }
  await kagura(postgres, ['restore', second])
  const third = join(folder, 'third')
  await kaguraJson(postgres, ['backup', third])
  t.same(rowsOf(third), rowsOf(first))
  t.ok(rowsOf(third).length > 20)
})
