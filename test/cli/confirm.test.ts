import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { extname } from 'node:path'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { insertUser } from '../../db/people/users.ts'
import { openDatabase, openSettings, type Settings } from '../support/helper.ts'
import { runService } from '../support/running.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

const command = fileURLToPath(
  new URL(`../../cli/index${extname(import.meta.url)}`, import.meta.url)
)

/** Runs the command on a pseudo-terminal, where the test types the answer. */
function typed(settings: Settings, args: string, answer: string) {
  const env = { PATH: process.env['PATH'], ...settings }
  return spawnSync('script', ['-qec', `${process.execPath} ${command} ${args}`, '/dev/null'], {
    env,
    input: `${answer}\n`,
    encoding: 'utf8'
  })
}

t.test('a command that destroys asks first', async (t) => {
  const { settings, close } = await openDatabase(t)
  await close()
  // Commands work beside it, which is faster than opening the database for each.
  await runService(t, {}, settings)
  const { db, close: closeDb } = await openSettings(settings, { beside: true })
  t.teardown(closeDb)
  const person = async (name: string, role: 'admin' | 'user') =>
    (await insertUser(db, { email: `${name}@example.com`, role, password_hash: null }))!
  await person('ada', 'admin')
  const bob = await person('bob', 'user')
  const { client_id: id } = await kaguraJson(settings, [
    'client',
    'create',
    '--name',
    'My app',
    '--redirect-uri',
    'https://app.example/cb'
  ])

  await t.test('without a terminal it says what it would do, and needs --yes', async (t) => {
    for (const [args, consequences] of [
      [['user', 'disable', 'bob@example.com'], /disables bob@example\.com/],
      [['user', 'delete', 'bob@example.com'], /deletes bob@example\.com with 0 memories/],
      [['client', 'delete', id], /deletes the app My app .* 0 connections/],
      [['memory', 'purge', '--user', 'bob@example.com', '--all'], /deletes 0 memories/],
      [['migrate', 'down'], /reverts the migration \d{3}-[\w-]+ and deletes all data/],
      [
        ['user', 'set-role', 'bob@example.com', '--role', 'read_only'],
        /takes rights away from bob@example\.com/
      ]
    ] as Array<[string[], RegExp]>) {
      await refuses(
        t,
        settings,
        args,
        new RegExp(`${consequences.source}.*Nothing was changed: add --yes`),
        { code: 2 }
      )
    }
    t.match((await kaguraJson(settings, ['user', 'list'])).users, [
      { disabled_at: null },
      { email: 'bob@example.com', role: 'user', disabled_at: null }
    ])
    t.match(
      await kaguraJson(settings, ['client', 'delete', id, '--yes']),
      { deleted: true },
      'it was still there'
    )
  })

  await t.test(
    'on a terminal the answer decides',
    { skip: existsSync('/usr/bin/script') ? false : 'no script(1)' },
    async (t) => {
      const declined = typed(settings, 'user disable bob@example.com', 'no')
      t.equal(declined.status, 1)
      t.match(
        declined.stdout,
        /disables bob@example\.com.*\s+Type yes to do it:[^]*Nothing was changed\./
      )
      const accepted = typed(settings, 'user disable bob@example.com', 'yes')
      t.equal(accepted.status, 0)
      t.match(accepted.stdout, /Disabled bob@example\.com/)
    }
  )

  await t.test('deleting a user leaves rows only in the audit log', (t) =>
    checkDeletedRows(t, settings, db, bob.user_id)
  )

  await t.test('the last administrator stays, even if two commands run at once', (t) =>
    checkLastAdmin(t, settings, db)
  )
})

async function checkDeletedRows(
  t: Test,
  settings: Settings,
  db: Db,
  userId: string
): Promise<void> {
  await kaguraJson(settings, ['user', 'enable', 'bob@example.com'])
  await kaguraJson(settings, ['key', 'create', '--user', 'bob@example.com', '--name', 'laptop'])
  t.match(await kaguraJson(settings, ['user', 'delete', 'bob@example.com', '--yes']), {
    deleted: true,
    keys: 1
  })
  const { rows } = await sql<{
    table_name: string
  }>`select table_name from information_schema.columns
    where table_schema = 'public' and column_name = 'user_id'`.execute(db)
  t.ok(rows.length > 10)
  for (const { table_name: table } of rows) {
    const left = await sql`select from ${sql.table(table)} where user_id = ${userId}`.execute(db)
    t.equal(left.rows.length > 0, table === 'audit_logs', table)
  }
}

async function checkLastAdmin(t: Test, settings: Settings, db: Db): Promise<void> {
  await insertUser(db, { email: 'eve@example.com', role: 'admin', password_hash: null })
  const ended = await Promise.all(
    ['ada', 'eve'].map((name) =>
      kagura(settings, ['user', 'set-role', `${name}@example.com`, '--role', 'user', '--yes'])
    )
  )
  t.same(ended.map(({ code }) => code).toSorted(), [0, 1])
  t.match(
    ended.map(({ stderr }) => stderr).join(''),
    /only administrator\. First .*npx kagura user set-role EMAIL --role admin/
  )
  const { users } = await kaguraJson(settings, ['user', 'list'])
  const admin = users.find(({ role }: { role: string }) => role === 'admin').email
  for (const args of [
    ['disable', admin],
    ['delete', admin],
    ['set-role', admin, '--role', 'read_only']
  ]) {
    await refuses(t, settings, ['user', ...args, '--yes'], /is the only administrator/)
  }
}
