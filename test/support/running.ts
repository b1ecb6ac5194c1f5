import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { argon2id } from 'hash-wasm'
import { BACKLOG, buildApp } from '../../app.ts'
import type { Role } from '../../db/schema/index.ts'
import { insertUser, type User } from '../../db/people/users.ts'
import { type IssuedApiKey, issueApiKey } from '../../db/people/api-keys.ts'
import { readConfig } from '../../plugins/config/index.ts'
import { freshSettings, onPostgres, type Settings, spawnService, type Teardown } from './helper.ts'
import { freePort } from './port.ts'
import { Visitor } from './visitor.ts'
import { noteSecret, requireNoSecret, startSecretScan } from './secret-scan.ts'

export const PASSWORD = noteSecret('the password', 'a long enough password')

/**
 * A hash with the least work: checking a password takes the work that its hash names, and thousands
 * of tests sign in. Passwords that the service itself hashes take the full work.
 */
const passwordHash = argon2id({
  password: PASSWORD,
  salt: randomBytes(16),
  iterations: 1,
  parallelism: 1,
  memorySize: 8,
  hashLength: 32,
  outputType: 'encoded'
})

export interface Running {
  app: FastifyInstance
  url: string
  settings: Settings
  /** Makes a person with the password PASSWORD. */
  person: (email?: string, role?: Role) => Promise<User>
  /** A browser in which that person is signed in. */
  signedIn: (email: string) => Promise<Visitor>
  /** Issues an API key for that person. */
  key: (user: User, scope?: string) => Promise<IssuedApiKey>
}

/**
 * Starts the service in this process, on a free port of loopback, by default with a fresh database.
 * Teardown closes it and fails if its log or its audit rows contain a secret.
 */
export async function runService(
  t: Teardown,
  extra: Settings = {},
  settings?: Settings,
  parts: Parameters<typeof buildApp>[1] = {}
): Promise<Running> {
  startSecretScan(t)
  settings ??= await freshSettings(t)
  const app = await buildApp(
    readConfig({
      PORT: '0',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'debug',
      ...settings,
      ...extra
    }),
    parts
  )
  t.teardown(async () => {
    const auditRows = await app.db
      .selectFrom('audit_logs')
      .selectAll()
      .execute()
      .catch(() => []) // a test may have removed its database
    await app.close()
    requireNoSecret(...auditRows.map((row) => JSON.stringify(row)))
  })
  await app.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG })
  return {
    app,
    url: app.publicUrl,
    settings,
    async person(email = `${crypto.randomUUID()}@example.org`, role = 'user') {
      const user = await insertUser(app.db, {
        email,
        name: 'Test Person',
        role,
        password_hash: await passwordHash
      })
      if (!user) throw new Error(`${email} is taken`)
      return user
    },
    async signedIn(email) {
      const visitor = new Visitor(app.publicUrl)
      await visitor.signIn(email, PASSWORD)
      return visitor
    },
    key: (user, scope = 'mcp:tools') =>
      issueApiKey(app.db, { user_id: user.user_id, name: 'test', scope })
  }
}

/**
 * Starts a second node on the same database with the same PUBLIC_URL, as another process; returns
 * its address. The embedded database has one process, so the address is that of the first node.
 */
export async function secondNode(t: Teardown, { url, settings }: Running): Promise<string> {
  if (!onPostgres) return url
  const port = await freePort()
  await spawnService(t, settings, { PUBLIC_URL: url, PORT: String(port) })
  return `http://127.0.0.1:${port}`
}
