import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, connect } from '../db/connection/connect.ts'
import { migrate } from '../db/connection/migrate.ts'
import { insertUser } from '../db/people/users.ts'
import { makePostgresTemplate } from '../test/support/template.ts'
import type { Embedder } from '../domain/context.ts'
import { offlineWeb } from '../domain/web/offline.ts'
import { findTool } from '../tools/index.ts'
import { allPermissions } from '../tools/scopes.ts'

export interface Scratch extends Connection {
  /** What a server needs to open the same database. */
  settings: Record<string, string>
  /** Lets another process open it, and returns what removes it. */
  release: () => Promise<() => Promise<void>>
}

/**
 * A database for one measurement, gone at its end: a throw-away PostgreSQL that writes to the disk
 * before it answers, or the embedded one.
 */
export async function scratchDatabase(postgres: boolean): Promise<Scratch> {
  if (postgres) {
    const template = await makePostgresTemplate({ durable: true })
    if (!template) throw new Error('No PostgreSQL is installed, and TEST_DATABASE_URL is not set.')
    const url = new URL(template.env['TEST_DATABASE_URL']!)
    url.pathname = `/${template.env['TEST_TEMPLATE_DATABASE']}`
    const connection = await connect({ databaseUrl: url.href, dataDir: '' })
    const close = async () => {
      await connection.close()
      await template.remove()
    }
    return {
      ...connection,
      settings: { DATABASE_URL: url.href, SERVER_SECRET: randomUUID() },
      close,
      release: async () => close
    }
  }
  const directory = mkdtempSync(join(tmpdir(), 'kagura-bench-'))
  const connection = await connect({ dataDir: directory })
  await migrate(connection.db)
  const remove = async () => rmSync(directory, { recursive: true, force: true })
  const close = async () => {
    await connection.close()
    await remove()
  }
  return {
    ...connection,
    settings: { DATA_DIR: directory },
    close,
    release: async () => {
      await connection.close()
      return remove
    }
  }
}

export interface Person {
  user_id: string
  call: (tool: string, args: object) => Promise<any>
}

/** A new user, who calls the real tools. */
export async function newPerson({ db }: Connection, embedder?: Embedder): Promise<Person> {
  const user = await insertUser(db, {
    email: `${randomUUID()}@example.com`,
    name: 'Bench',
    role: 'user',
    password_hash: null
  })
  const principal = {
    user_id: user!.user_id,
    role: 'user' as const,
    permissions: new Set(allPermissions),
    source: { kind: 'command' as const, name: 'bench' }
  }
  const context = {
    db,
    principal,
    embedder,
    publicUrl: 'http://localhost',
    web: offlineWeb,
    github: { issue: async () => undefined },
    quota: { memories: 1e9, bytes: 1e15 },
    codeQuota: { files: 1e9, bytes: 1e15 },
    signal: new AbortController().signal,
    history: { keeping: false, days: 1 }
  }
  return {
    user_id: principal.user_id,
    call: async (tool, args) => (await findTool(tool)!.call(args, context)).answer
  }
}
