// database: any
import { existsSync } from 'node:fs'
import t from 'tap'
import { migrationStatus } from '../../db/connection/migrate.ts'
import { emptySettings, freshSettings, onPostgres, openDatabase, openSettings } from './helper.ts'

t.test('two databases opened by tests are migrated and know nothing of each other', async (t) => {
  const [one, two] = [await openDatabase(t), await openDatabase(t)]
  await one.db.insertInto('users').values({ email: 'ada@example.com' }).execute()
  t.equal((await one.db.selectFrom('users').selectAll().execute()).length, 1)
  t.equal((await two.db.selectFrom('users').selectAll().execute()).length, 0)
  t.equal(one.embedded, !onPostgres)
  t.same((await migrationStatus(two.db)).pending, [])
})

t.test('what was written is there when the settings are opened again', async (t) => {
  const settings = await freshSettings(t)
  const first = await openSettings(settings)
  await first.db.insertInto('users').values({ email: 'ada@example.com' }).execute()
  await first.close()
  const second = await openSettings(settings)
  t.teardown(second.close)
  t.equal(
    (await second.db.selectFrom('users').select('email').executeTakeFirst())?.email,
    'ada@example.com'
  )
})

t.test('an empty database has no migration', async (t) => {
  const settings = await emptySettings(t)
  if (!onPostgres) t.notOk(existsSync(settings['DATA_DIR']!))
  const { db, close } = await openSettings(settings)
  t.teardown(close)
  t.same((await migrationStatus(db)).applied, [])
})
