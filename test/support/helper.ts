import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type Connection, connect } from '../../db/connection/connect.ts'
import { newSecret } from '../../lib/secrets.ts'
import {
  copyDataDirectory,
  createDatabase,
  dropDatabase,
  embeddedTemplate,
  postgresTemplate
} from './template.ts'

import type { Settings } from './service.ts'
import { allowFullTime, type Teardown } from './teardown.ts'

export { type Service, type Settings, spawnService } from './service.ts'
export type { Teardown } from './teardown.ts'

/** Whether the tests use PostgreSQL: TEST_DATABASE is `postgres` or, by default, `embedded`. */
export const onPostgres = process.env['TEST_DATABASE'] === 'postgres'

/**
 * Opens a fresh, migrated database; closed and removed at teardown. Close it earlier to let a
 * server process open it.
 */
export async function openDatabase(t: Teardown): Promise<Connection & { settings: Settings }> {
  const settings = await freshSettings(t)
  const connection = await openSettings(settings)
  let closing: Promise<void> | undefined
  const closeOnce = () => (closing ??= connection.close())
  t.teardown(closeOnce)
  return { ...connection, close: closeOnce, settings }
}

/**
 * Opens the database of the settings; the caller closes it. `beside` opens it while a server
 * process has it open.
 */
export function openSettings(settings: Settings, { beside = false } = {}): Promise<Connection> {
  return connect({
    databaseUrl: settings['DATABASE_URL'],
    dataDir: settings['DATA_DIR'] ?? '',
    beside
  })
}

/** Settings of a fresh, migrated database that is not open; removed at teardown. */
export async function freshSettings(t: Teardown): Promise<Settings> {
  allowFullTime(t)
  if (onPostgres) {
    const template = await postgresTemplate()
    return postgresSettings(t, template['TEST_DATABASE_URL']!, template['TEST_TEMPLATE_DATABASE'])
  }
  const { TEST_TEMPLATE_DIR } = await embeddedTemplate()
  const settings = embeddedSettings(t)
  copyDataDirectory(TEST_TEMPLATE_DIR!, settings['DATA_DIR']!)
  return settings
}

/**
 * Settings of a database without migrations; removed at teardown. The directory of an embedded
 * database does not exist yet.
 */
export async function emptySettings(t: Teardown): Promise<Settings> {
  allowFullTime(t)
  if (onPostgres) return postgresSettings(t, (await postgresTemplate())['TEST_DATABASE_URL']!)
  const settings = embeddedSettings(t)
  rmSync(settings['DATA_DIR']!, { recursive: true })
  return settings
}

/** Makes an empty directory; removed at teardown. */
export function temporaryDirectory(t: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'kagura-test-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function embeddedSettings(t: Teardown): Settings {
  const directory = join(temporaryDirectory(t), 'data')
  mkdirSync(directory, { mode: 0o700 })
  return { DATA_DIR: directory }
}

async function postgresSettings(t: Teardown, server: string, template?: string): Promise<Settings> {
  const url = await createDatabase(server, template)
  t.teardown(() => dropDatabase(server, new URL(url).pathname.slice(1)))
  return { DATABASE_URL: url, SERVER_SECRET: newSecret() }
}

/**
 * Connects a PostgreSQL client, like an operator's psql, also while a server has the database open;
 * ended at teardown.
 */
export async function databaseClient(t: Teardown, settings: Settings): Promise<pg.Client> {
  const { DATABASE_URL: url, DATA_DIR: directory } = settings
  const client = new pg.Client(
    url ? { connectionString: url } : { host: directory, user: 'postgres', database: 'postgres' }
  )
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** Resolves when so many sessions of the client's PostgreSQL database wait for a lock. */
export async function untilWaiting(client: pg.Client, sessions = 1): Promise<void> {
  const waiting =
    "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
  while ((await client.query(waiting)).rowCount! < sessions);
}
