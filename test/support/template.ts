import { randomBytes } from 'node:crypto'
import { cpSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../db/connection/connect.ts'
import { migrate } from '../../db/connection/migrate.ts'
import { databaseUrl, execute, findPostgres, startCluster } from './postgres.ts'

/**
 * A database that is migrated once and copied for each use. The runner passes it to the test files
 * in the environment. A test file that runs alone makes one on demand.
 */
export interface Template {
  /** Environment variables for a test file. */
  env: Record<string, string>
  remove: () => Promise<void>
}

/** Makes a migrated data directory of the embedded database. */
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
 * Makes a migrated database on the server in TEST_DATABASE_URL, or on a temporary server. Undefined
 * without TEST_DATABASE_URL and without an installed PostgreSQL.
 */
export async function makePostgresTemplate(options?: {
  durable: boolean
}): Promise<Template | undefined> {
  const configuredUrl = process.env['TEST_DATABASE_URL']
  const bin = configuredUrl ? undefined : findPostgres()
  if (!configuredUrl && !bin) return undefined
  const cluster = bin ? await startCluster(bin, options) : undefined
  const url = configuredUrl || cluster!.url
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

/** The environment's template, or one that this process makes. */
export function embeddedTemplate(): Promise<Template['env']> {
  return findOrMakeTemplate('TEST_TEMPLATE_DIR', makeEmbeddedTemplate)
}

/** The same for PostgreSQL. Throws if there is no server to use. */
export function postgresTemplate(): Promise<Template['env']> {
  return findOrMakeTemplate('TEST_TEMPLATE_DATABASE', async () => {
    const template = await makePostgresTemplate()
    if (!template) {
      throw new Error('TEST_DATABASE=postgres needs an installed PostgreSQL or TEST_DATABASE_URL.')
    }
    // A temporary server ends with this process. On a configured server the database must be
    // dropped before this process ends.
    if (process.env['TEST_DATABASE_URL']) {
      process.once('beforeExit', () => {
        void template.remove()
      })
    }
    return template
  })
}

const ownTemplates = new Map<string, Promise<Template['env']>>()

function findOrMakeTemplate(
  variable: string,
  make: () => Promise<Template>
): Promise<Template['env']> {
  if (process.env[variable]) return Promise.resolve(process.env as Template['env'])
  const made = ownTemplates.get(variable) ?? make().then(({ env }) => env)
  ownTemplates.set(variable, made)
  return made
}

/** Copies the template's data directory, without its lock and socket. */
export function copyDataDirectory(from: string, to: string): void {
  cpSync(join(from, 'pg'), join(to, 'pg'), { recursive: true, mode: constants.COPYFILE_FICLONE })
}

/**
 * Creates a database on the server; returns its connection string. PostgreSQL copies the files of
 * the template: a quarter of the CPU of writing each page to the log, its default.
 */
export async function createDatabase(url: string, template = 'template1'): Promise<string> {
  const name = freshName()
  await execute(url, `create database ${name} template ${template} strategy file_copy`)
  return databaseUrl(url, name)
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  await execute(url, `drop database if exists ${name} with (force)`)
}

function freshName(): string {
  return `kagura_test_${randomBytes(8).toString('hex')}`
}
