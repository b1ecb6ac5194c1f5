import t from 'tap'
import type { Kysely } from 'kysely'
import {
  emptySettings,
  freshSettings,
  onPostgres,
  openSettings,
  spawnService
} from '../support/helper.ts'
import { kagura, kaguraJson, refuses } from './command.ts'

t.test('migrations are applied, listed and reverted', async (t) => {
  const settings = await emptySettings(t)
  const { applied, pending } = await kaguraJson(settings, ['migrate', 'status'])
  t.same(applied, [])
  t.equal(pending[0], '001-users')
  t.same(await kaguraJson(settings, ['migrate']), { applied: pending, pending: [] })
  t.same(await kaguraJson(settings, ['migrate', 'down', '--yes']), {
    applied: pending.slice(0, -1),
    pending: pending.slice(-1)
  })
  t.equal(
    (await kagura(settings, ['migrate', 'up'])).stdout,
    `Applied ${pending.at(-1)}\nThe database is up to date.\n`
  )
})

t.test('migrate sql accepts any name of a migration and needs no database', async (t) => {
  const settings = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' }
  const { code, stdout } = await kagura(settings, ['migrate', 'sql', '003_oauth_server.sql'])
  t.equal(code, 0)
  t.match(stdout, /^begin;\n[^]*create table "oauth_clients"[^]*commit;\n$/)
  t.notMatch(stdout, 'create table "users"')
  t.match(
    (await kaguraJson(settings, ['migrate', 'sql'])).sql,
    /create table "users"[^]*create table "oauth_clients"/
  )
  await refuses(t, settings, ['migrate', 'sql', '999'], /no migration 999/)
})

t.test('every command refuses a database with newer migrations', async (t) => {
  const settings = await freshSettings(t)
  const { db, close } = await openSettings(settings)
  await (db as Kysely<any>)
    .insertInto('kysely_migration')
    .values({ name: '999-future', timestamp: new Date().toISOString() })
    .execute()
  await close()
  await refuses(t, settings, ['user', 'list', '--json'], /999-future.*newer version/)
  await refuses(t, settings, ['migrate'], /999-future/)
})

// With a DATABASE_URL a command cannot know whether a server runs somewhere.
if (!onPostgres) {
  t.test('a command does not migrate the tables of an older running server', async (t) => {
    const settings = await freshSettings(t)
    await spawnService(t, settings)
    const {
      pending: [newest]
    } = await kaguraJson(settings, ['migrate', 'down', '--yes'])
    await refuses(
      t,
      settings,
      ['user', 'list'],
      new RegExp(`running server is older.*${newest}.*Restart`)
    )
    t.same((await kaguraJson(settings, ['migrate', 'status'])).pending, [newest])
  })
}
