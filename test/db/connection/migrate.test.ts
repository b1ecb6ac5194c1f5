import { type Kysely, sql } from 'kysely'
import t from 'tap'
import {
  migrate,
  migrationSql,
  migrationStatus,
  NewerDatabaseError
} from '../../../db/connection/migrate.ts'
import {
  emptySettings,
  onPostgres,
  openDatabase,
  openSettings,
  type Teardown
} from '../../support/helper.ts'
import { dumpSchema } from '../schema-dump.ts'

async function openEmpty(t: Teardown) {
  const { db, close } = await openSettings(await emptySettings(t))
  t.teardown(close)
  return db
}

t.test(
  'taking back each migration leaves the schema of those before it, and all run again',
  async (t) => {
    const { db } = await openDatabase(t)
    const { applied } = await migrationStatus(db)
    const rising = await openEmpty(t)
    const made = new Map<number, string[]>() // the schema after so many migrations
    for (const [index, name] of applied.entries()) {
      await sql.raw(await migrationSql(name)).execute(rising)
      made.set(index + 1, await dumpSchema(rising))
    }
    t.ok(made.get(applied.length)!.length > 100, 'the dump sees the schema')
    for (let left = applied.length; left > 0; left--) {
      t.same(await dumpSchema(db), made.get(left), `with ${left} migrations`)
      t.same((await migrate(db, 'down')).pending, applied.slice(left - 1))
    }
    t.same(
      (await dumpSchema(db)).filter((line) => !line.includes('kysely_migration')),
      [],
      'nothing stays when all are taken back'
    )
    t.same((await migrate(db)).pending, [])
    t.same(await dumpSchema(db), made.get(applied.length), 'down and up again')
  }
)

t.test('running the migrations again changes nothing', async (t) => {
  const { db } = await openDatabase(t)
  await db.insertInto('users').values({ email: 'ada@example.com' }).execute()
  const before = await dumpSchema(db)
  await migrate(db)
  t.same(await dumpSchema(db), before)
  t.equal((await db.selectFrom('users').selectAll().execute()).length, 1)
})

t.test(
  'four processes that start at the same instant migrate once',
  { skip: !onPostgres && 'the embedded database has one process' },
  async (t) => {
    const settings = await emptySettings(t)
    const nodes = await Promise.all([1, 2, 3, 4].map(() => openSettings(settings)))
    for (const { close } of nodes) t.teardown(close)
    const outcomes = await Promise.all(nodes.map(({ db }) => migrate(db)))
    for (const { pending } of outcomes) t.same(pending, [])
    t.same(await dumpSchema(nodes[0]!.db), await dumpSchema((await openDatabase(t)).db))
  }
)

t.test(
  'a database with a migration that this version does not know is refused and left alone',
  async (t) => {
    const { db } = await openDatabase(t)
    await (db as Kysely<any>)
      .insertInto('kysely_migration')
      .values({ name: '999-from-the-future', timestamp: new Date().toISOString() })
      .execute()
    const before = await dumpSchema(db)
    for (const attempt of [
      () => migrate(db),
      () => migrate(db, 'down'),
      () => migrationStatus(db)
    ]) {
      const error = await attempt().catch((error: unknown) => error)
      t.ok(error instanceof NewerDatabaseError)
      t.match(error, { message: /999-from-the-future.*newer version/ })
    }
    t.same(await dumpSchema(db), before)
  }
)

t.test(
  'the printed SQL, run through a client, makes the same schema and counts as applied',
  async (t) => {
    const db = await openEmpty(t)
    await sql.raw(await migrationSql()).execute(db)
    const { db: migrated } = await openDatabase(t)
    t.same(await dumpSchema(db), await dumpSchema(migrated))
    t.same(await migrationStatus(db), await migrationStatus(migrated))
    t.same((await migrate(db)).pending, [])
  }
)

t.test(
  'a migration is found by its number and by the spelling of the integration guide',
  async (t) => {
    const text = (name: string) =>
      migrationSql(name).then((sql) => sql.replace(/'\d{4}-[^']*Z'/, "'then'"))
    const expected = await text('003-oauth-server')
    t.match(expected, 'create table "oauth_clients"')
    t.equal(await text('003_oauth_server.sql'), expected)
    t.equal(await text('003'), expected)
    await t.rejects(migrationSql('nothing-like-it'), /no migration nothing-like-it/)
  }
)
