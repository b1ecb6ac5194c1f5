import { existsSync } from 'node:fs'
import t from 'tap'
import { migrationStatus } from '../../db/connection/migrate.ts'
import { emptySettings, freshSettings, onPostgres, openDatabase, openSettings } from './helper.ts'

t.test('each open database is migrated and separate from the others', async (t) => {
  const [first, second] = [await openDatabase(t), await openDatabase(t)]
  await first.db.insertInto('users').values({ email: 'ada@example.com' }).execute()
  t.equal((await first.db.selectFrom('users').selectAll().execute()).length, 1)
  t.equal((await second.db.selectFrom('users').selectAll().execute()).length, 0)
  t.equal(first.embedded, !onPostgres)
  t.same((await migrationStatus(second.db)).pending, [])
})

t.test('a database that is opened again has its rows', async (t) => {
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
