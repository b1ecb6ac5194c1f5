// databases: both
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { connect, type Connection } from '../../../db/connection/connect.ts'
import { DataDirectoryInUseError, openEmbedded } from '../../../db/connection/embedded/index.ts'
import { readStatementLimit } from '../../../db/connection/embedded/wire.ts'
import {
  freshSettings,
  onPostgres,
  openDatabase,
  openSettings,
  type Teardown,
  temporaryDirectory
} from '../../support/helper.ts'
import { copyDataDirectory, embeddedTemplate } from '../../support/template.ts'
import { hold, killRounds, opened } from '../holding.ts'

const only = { skip: onPostgres && 'of the embedded database' }
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

async function addUser({ db }: Pick<Connection, 'db'>, email: string): Promise<void> {
  await db.insertInto('users').values({ email }).execute()
}

async function emails({ db }: Pick<Connection, 'db'>): Promise<string[]> {
  return (await db.selectFrom('users').select('email').orderBy('email').execute()).map(
    ({ email }) => email
  )
}

async function copyTo(t: Teardown, ...path: string[]): Promise<string> {
  const directory = join(temporaryDirectory(t), ...path)
  copyDataDirectory((await embeddedTemplate())['TEST_TEMPLATE_DIR']!, directory)
  return directory
}

t.test(
  'a second process on the same data directory is refused, told by whom, and harms nothing',
  only,
  async (t) => {
    const first = await openDatabase(t)
    await addUser(first, 'ada@example.com')
    for (const attempt of [1, 2]) {
      const second = hold(t, first.settings['DATA_DIR']!)
      await second.closed
      t.equal(second.process.exitCode, 1, `attempt ${attempt}`)
      t.match(
        second.stderr(),
        new RegExp(`data directory .* is in use by process ${process.pid}, since .*DATA_DIR`)
      )
      t.equal(second.stderr().trim().split('\n').length, 1, 'in one line')
    }
    await addUser(first, 'bob@example.com')
    await first.close()
    const again = await openSettings(first.settings)
    t.teardown(again.close)
    t.same(await emails(again), ['ada@example.com', 'bob@example.com'])
  }
)

t.test('the same process is refused a second time, too', only, async (t) => {
  const { settings } = await openDatabase(t)
  const error = await openEmbedded(settings['DATA_DIR']!, () => {}).catch((error: unknown) => error)
  t.ok(error instanceof DataDirectoryInUseError)
})

t.test(
  'of four processes that start at the same instant one gets the directory',
  only,
  async (t) => {
    const settings = await freshSettings(t)
    const processes = [1, 2, 3, 4].map(() => hold(t, settings['DATA_DIR']!))
    const outcomes = await Promise.all(
      processes.map((process) =>
        opened(process).then(
          () => 'open',
          () => 'refused'
        )
      )
    )
    t.same(outcomes.sort(), ['open', 'refused', 'refused', 'refused'])
  }
)

t.test('what a killed process leaves behind does not lock anybody out', only, async (t) => {
  const settings = await freshSettings(t)
  const directory = settings['DATA_DIR']!
  const killed = hold(t, directory)
  await opened(killed)
  killed.process.kill('SIGKILL')
  await killed.closed
  t.ok(existsSync(join(directory, 'kagura.lock')))
  t.ok(existsSync(join(directory, '.s.PGSQL.5432')))
  const next = await openSettings(settings)
  t.teardown(next.close)
  await addUser(next, 'ada@example.com')
  t.same(await emails(next), ['ada@example.com'])
})

t.test(
  "the directory is its owner's only, and so is what an open door was left to",
  only,
  async (t) => {
    const parent = await copyTo(t, 'made-by-others')
    const { close } = await connect({ dataDir: parent })
    t.teardown(close)
    for (const file of ['kagura.lock', '.s.PGSQL.5432']) {
      t.equal(mode(join(parent, file)), '600', file)
    }
    t.equal(mode(join(parent, 'pg')), '700')

    const fresh = join(temporaryDirectory(t), 'a/b')
    const second = await connect({ dataDir: fresh })
    t.teardown(second.close)
    t.equal(mode(fresh), '700')
    t.equal(mode(join(fresh, 'pg')), '700')
  }
)

t.test('a path that is too long for a socket works all the same, beside, too', only, async (t) => {
  const directory = await copyTo(t, 'long'.repeat(20), 'longer'.repeat(20))
  const { db, close } = await connect({ dataDir: directory })
  t.teardown(close)
  const socket = (
    JSON.parse(readFileSync(join(directory, 'kagura.lock'), 'utf8')) as { socket: string }
  ).socket
  t.teardown(() => rmSync(dirname(socket), { recursive: true }))
  t.ok(Buffer.byteLength(socket) <= 107)
  t.equal(mode(dirname(socket)), '700')
  await addUser({ db }, 'ada@example.com')
  const beside = hold(t, directory, 'beside')
  await beside.closed
  t.same(JSON.parse(beside.stdout()), ['ada@example.com'], beside.stderr())
})

t.test(
  'a folder for the socket that somebody else made, opened, or linked is not used',
  only,
  async (t) => {
    const directory = await copyTo(t, 'long'.repeat(20), 'longest'.repeat(20))
    const hash = createHash('sha256').update(directory).digest('hex').slice(0, 16)
    const guessed = join(tmpdir(), `kagura-${userInfo().uid}-${hash}`)
    t.teardown(() => rmSync(guessed, { recursive: true, force: true }))
    const elsewhere = temporaryDirectory(t)
    const foreign: Array<[string, () => void]> = [
      [
        'open to all',
        () => {
          mkdirSync(guessed)
          chmodSync(guessed, 0o777)
        }
      ],
      ['a link', () => symlinkSync(elsewhere, guessed)],
      ['a file', () => writeFileSync(guessed, '')],
      ...(userInfo().uid === 0
        ? [
            [
              'of another user',
              () => {
                mkdirSync(guessed, 0o700)
                chownSync(guessed, 65534, 65534)
              }
            ] as [string, () => void]
          ]
        : [])
    ]
    for (const [kind, make] of foreign) {
      make()
      const { close } = await openEmbedded(directory, () => {})
      const { socket } = JSON.parse(readFileSync(join(directory, 'kagura.lock'), 'utf8')) as {
        socket: string
      }
      t.not(dirname(socket), guessed, kind)
      t.equal(mode(dirname(socket)), '700')
      t.ok(existsSync(socket))
      t.same(lstatSync(guessed).isDirectory() ? readdirSync(guessed) : readdirSync(elsewhere), [])
      await close()
      rmSync(dirname(socket), { recursive: true })
      rmSync(guessed, { recursive: true })
    }
  }
)

t.test(
  "an operator's command beside the running process reads and writes the same data",
  only,
  async (t) => {
    const server = await openDatabase(t)
    await addUser(server, 'ada@example.com')
    const beside = hold(t, server.settings['DATA_DIR']!, 'beside')
    await beside.closed
    t.same(JSON.parse(beside.stdout()), ['ada@example.com'], beside.stderr())

    const command = await openSettings(server.settings, { beside: true })
    await addUser(command, 'bob@example.com')
    await command.close()
    t.same(
      await emails(server),
      ['ada@example.com', 'bob@example.com'],
      'the server goes on after it left'
    )
  }
)

t.test(
  'a statement that runs too long is ended, and the database goes on with all it had',
  only,
  async (t) => {
    const failures: string[] = []
    const note = ({ message }: Error) => {
      failures.push(message)
    }
    const embedded = await openEmbedded(await copyTo(t, 'hanging'), note, { limitMs: 1500 })
    t.teardown(() => embedded.close())
    const pool = new pg.Pool({ host: embedded.host, user: 'postgres', database: 'postgres' }).on(
      'error',
      () => {}
    )
    pool.on('connect', (client) => client.on('error', () => {}))
    await pool.query("insert into users (email) values ('ada@example.com')")
    const endless = 'select count(*) from generate_series(1, 1e5) a, generate_series(1, 1e9) b'
    const [hung, waited] = await Promise.allSettled([pool.query(endless), pool.query('select 1')])
    t.match([hung.status, waited.status], ['rejected', 'rejected'])
    t.match(failures, [/longer than 1.5 s/])
    const emails = await untilAnswered(() => pool.query('select email from users'))
    t.same(emails.rows, [{ email: 'ada@example.com' }])
    await pool.end()
  }
)

/** The answer, once the database takes connections again. */
async function untilAnswered<T>(query: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      return await query()
    } catch {
      await sleep(100)
    }
  }
  return query()
}

t.test(
  'who says that a statement needs longer is not ended, until it is taken back',
  only,
  async (t) => {
    const limits = ['set statement_timeout = 0', 'select 1', 'reset statement_timeout'].map(
      (text) => readStatementLimit(Buffer.concat([Buffer.from('Q\0\0\0\0'), Buffer.from(text)]))
    )
    t.same(limits, ['none', undefined, 'usual'])
  }
)

t.test('a process killed while it writes loses nothing that it acknowledged', only, async (t) => {
  for (const round of await killRounds(t, 1)) {
    t.match(round, { missing: [], halves: [] }, `${round.acknowledged} acknowledged`)
  }
})
