import { randomBytes } from 'node:crypto'
import { cpSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../db/connection/connect.ts'
import { migrate } from '../../db/connection/migrate.ts'
import { databaseUrl, execute, findPostgres, startCluster } from './postgres.ts'

// Migrated once, copied for each use. The runner makes both and hands them to the test files in the
// environment; a test file that is run alone makes its own.
export interface Template {
  /** What a test file needs to know. */
  env: Record<string, string>
  remove: () => Promise<void>
}

/** A migrated data directory of the embedded database. */
export async function makeEmbeddedTemplate(): Promise<Template> {
  const directory = mkdtempSync(join(tmpdir(), 'kagura-template-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const { db, close } = await connect({ dataDir: directory })
  await migrate(db)
  await close()
  return {
    env: { TEST_TEMPLATE_DIR: directory },
    remove: async () => rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * A migrated database on the server in TEST_DATABASE_URL, or on a throw-away one.
 * Undefined when there is neither that nor an installed PostgreSQL.
 */
export async function makePostgresTemplate(options?: {
  durable: boolean
}): Promise<Template | undefined> {
  const given = process.env['TEST_DATABASE_URL']
  const bin = given ? undefined : findPostgres()
  if (!given && !bin) return undefined
  const cluster = bin ? await startCluster(bin, options) : undefined
  const url = given || cluster!.url
  const name = freshName()
  await execute(url, `create database ${name}`)
  const { db, close } = await connect({ databaseUrl: databaseUrl(url, name), dataDir: '' })
  await migrate(db)
  await close()
  return {
    env: { TEST_DATABASE_URL: url, TEST_TEMPLATE_DATABASE: name },
    remove: async () => {
      await (cluster ? cluster.stop() : dropDatabase(url, name))
    }
  }
}

/** The environment's template, or one of this process's own. */
export function embeddedTemplate(): Promise<Template['env']> {
  return needed('TEST_TEMPLATE_DIR', makeEmbeddedTemplate)
}

export function postgresTemplate(): Promise<Template['env']> {
  return needed('TEST_TEMPLATE_DATABASE', async () => {
    const template = await makePostgresTemplate()
    if (!template) {
      throw new Error('TEST_DATABASE=postgres needs an installed PostgreSQL or TEST_DATABASE_URL.')
    }
    // The throw-away server ends with this process by itself; a given one must be tidied while we
    // still can.
    if (process.env['TEST_DATABASE_URL']) {
      process.once('beforeExit', () => {
        void template.remove()
      })
    }
    return template
  })
}

const own = new Map<string, Promise<Template['env']>>()

function needed(variable: string, make: () => Promise<Template>): Promise<Template['env']> {
  if (process.env[variable]) return Promise.resolve(process.env as Template['env'])
  const made = own.get(variable) ?? make().then(({ env }) => env)
  own.set(variable, made)
  return made
}

/** A copy of the template, without its lock and socket. */
export function copyDataDirectory(from: string, to: string): void {
  cpSync(join(from, 'pg'), join(to, 'pg'), { recursive: true, mode: constants.COPYFILE_FICLONE })
}

/** A new database on the server; returns its connection string. */
export async function createDatabase(url: string, template?: string): Promise<string> {
  const name = freshName()
  await execute(url, `create database ${name}${template ? ` template ${template}` : ''}`)
  return databaseUrl(url, name)
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await execute(url, `drop database if exists ${name} with (force)`)
}

function freshName(): string {
  return `kagura_test_${randomBytes(8).toString('hex')}`
}
