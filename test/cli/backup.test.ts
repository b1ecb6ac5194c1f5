import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { findBackupTables } from '../../db/backup/tables.ts'
import {
  emptySettings,
  openSettings,
  type Settings,
  spawnService,
  temporaryDirectory
} from '../support/helper.ts'
import { until } from '../support/embedding-server.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

/** Every row of every table, in an order of its own, without what each start writes. */
async function contentOf(db: Db): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {}
  for (const { name } of await findBackupTables(db)) {
    const { rows } = await sql<{ line: string }>`
      select to_jsonb(t)::text as line from ${sql.table(name)} t order by 1`.execute(db)
    content[name] = rows.map(({ line }) => line)
  }
  content['audit_logs'] = content['audit_logs']!.filter((line) => !line.includes('"server.'))
  return content
}

async function readContent(settings: Settings): Promise<Record<string, string[]>> {
  const { db, close } = await openSettings(settings, { beside: true })
  const content = await contentOf(db)
  await close()
  return content
}

t.test(
  'a backup beside the running server holds every row, and a restore brings all of them back',
  async (t) => {
    const { app, url, settings, person, key } = await runService(t)
    const ada = await person('ada@example.org', 'admin')
    const { key: apiKey } = await key(ada, 'mcp:tools')
    const authorized = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
    const callTool = async (origin: string, name: string, input: object) =>
      (
        await fetch(`${origin}/api/v1/tools/${name}`, {
          method: 'POST',
          headers: authorized,
          body: JSON.stringify(input)
        })
      ).json()
    for (const [name, value] of [
      ['colour', 'Ada likes blue.\nAnd "quotes", \\backslashes, tabs\t and 日本語.'],
      ['colour', 'Ada likes green now.'],
      ['city', 'Ada lives in Bergen.']
    ]) {
      await callTool(url, 'memory_store', { key: name, value })
    }
    await until('the history has all calls', async () => {
      return (await contentOf(app.db))['tool_calls']!.length === 3
    })
    const folder = temporaryDirectory(t)
    const passphraseFile = join(folder, 'passphrase')
    writeFileSync(passphraseFile, 'correct horse battery\n')
    const openBackup = await kaguraJson(settings, ['backup', '--to', join(folder, 'backups')])
    t.match(openBackup.file, /backups\/kagura-\d{8}-\d{6}\.jsonl\.gz$/)
    t.equal(statSync(openBackup.file).mode & 0o777, 0o600)
    t.equal(openBackup.rows.memories, 2)
    const secretFile = join(folder, 'encrypted')
    const encrypt = ['backup', secretFile, '--passphrase-file', passphraseFile]
    t.match((await kagura(settings, encrypt)).stdout, /1 account, 2 memories[^]*is encrypted/)
    t.notMatch(readFileSync(secretFile, 'latin1'), '\x1f\x8b\x08')
    await refuses(t, settings, encrypt, /exists already/)
    await refuses(t, settings, ['restore', openBackup.file], /has accounts already|Stop it first/)
    const original = await contentOf(app.db)
    t.ok(original['memory_versions']!.length > 0)

    const header = JSON.parse(gunzipSync(readFileSync(openBackup.file)).toString().split('\n')[0]!)
    const fresh = await emptySettings(t)
    if (fresh['DATABASE_URL']) {
      await refuses(t, fresh, ['restore', openBackup.file], /must be that of the backup/)
      fresh['SERVER_SECRET'] = header.server_secret
    }
    await refuses(t, fresh, ['restore', secretFile], /is encrypted: name the file/)
    writeFileSync(join(folder, 'wrong'), 'some other passphrase')
    const wrong = ['restore', secretFile, '--passphrase-file', join(folder, 'wrong')]
    await refuses(t, fresh, wrong, /passphrase is wrong, or the file is damaged/)
    const restored = await kaguraJson(fresh, [
      ...['restore', secretFile, '--passphrase-file', passphraseFile]
    ])
    t.equal(restored.rows.memories, 2)
    const copy = await readContent(fresh)
    for (const [table, lines] of Object.entries(original)) t.same(copy[table], lines, table)
    if (fresh['DATA_DIR']) {
      const secret = readFileSync(join(fresh['DATA_DIR'], 'server-secret'), 'utf8')
      t.equal(secret, header.server_secret)
    }
    const second = await spawnService(t, fresh)
    t.match(
      await callTool(second.url, 'memory_recall', { key: 'colour' }),
      { value: 'Ada likes green now.' },
      'the key and the memory work on the restored server'
    )
    t.match(await callTool(second.url, 'memory_store', { key: 'new', value: 'After.' }), {
      key: 'new'
    })
  }
)

t.test('a damaged, cut or foreign file is refused before anything changes', async (t) => {
  const { settings, person } = await runService(t)
  await person()
  const folder = temporaryDirectory(t)
  const good = join(folder, 'good')
  await kaguraJson(settings, ['backup', good])
  const lines = gunzipSync(readFileSync(good)).toString().trimEnd().split('\n')
  const cases: Array<[name: string, content: Buffer, why: RegExp]> = [
    ['cut', readFileSync(good).subarray(0, -200), /damaged/],
    ['no end', gzipSync(lines.slice(0, -1).join('\n')), /cut off: its end is missing/],
    [
      'row lost',
      gzipSync(lines.filter((line) => !line.includes('@ex')).join('\n')),
      /rows are mis/
    ],
    ['text', Buffer.from('hello'), /not a backup/],
    ['foreign', gzipSync('{"a":1}\n'), /not a backup of Kagura Memory/],
    ['later', gzipSync(lines.join('\n').replace('"version":1', '"version":2')), /newer version/],
    ['tables', gzipSync(lines.join('\n').replace('"001-users"', '"901-new"')), /901-new/]
  ]
  const fresh = join(folder, 'fresh')
  for (const [name, content, why] of cases) {
    const path = join(folder, name)
    writeFileSync(path, content)
    await refuses(t, { DATA_DIR: fresh }, ['restore', path], why)
  }
  truncateSync(good, 10)
  await refuses(t, { DATA_DIR: fresh }, ['restore', good], /damaged/)
  await refuses(t, { DATA_DIR: fresh }, ['restore', join(folder, 'none')], /cannot be read/)
  t.throws(() => statSync(fresh), 'nothing was created')
  await refuses(t, settings, ['backup', join(folder, 'none', 'x')], /cannot be written/)
  await refuses(t, settings, ['backup', '--passphrase-file', join(folder, 'text')], /fewer than 12/)
})
