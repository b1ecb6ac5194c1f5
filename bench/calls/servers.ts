import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { connect } from '../../db/connection/connect.ts'
import { newSecret } from '../../lib/secrets.ts'
import { findPostgres, startCluster } from '../../test/support/postgres.ts'
import { createDatabase } from '../../test/support/template.ts'
import { newPerson } from '../database.ts'
import { installForOneRun } from '../install.ts'
import { startServer } from '../oauth/ours.ts'

const file = (path: string) =>
  fileURLToPath(new URL(`${path}${extname(import.meta.url)}`, import.meta.url))
const PEER_PACKAGES = ['@modelcontextprotocol/sdk@1.32.2', 'express@5', 'pg@8.23.1', 'zod@4']

export interface ServerProcess {
  port: number
  pid: number
}

/** Who is compared, all on one PostgreSQL. `key` is valid here and at the peer. */
export interface Servers {
  ours: ServerProcess
  /** The SDK's Express examples with one look-up of the token. */
  sdk: ServerProcess
  /** Bare Fastify; `/select2` answers after two indexed look-ups. */
  bare: ServerProcess
  key: string
}

/** Starts this server and its peers as processes of their own, and ends them after the work. */
export async function withServers<T>(work: (servers: Servers) => Promise<T>): Promise<T> {
  const cluster = await startCluster(findPostgres()!, { durable: true })
  const children: ChildProcess[] = []
  try {
    const scratch = await installForOneRun(PEER_PACKAGES)
    const database = { databaseUrl: await createDatabase(cluster.url), dataDir: '' }
    const program = file('../../server')
    const ours = await startServer(process.execPath, program, scratch, database, children)
    const key = await newKey(database.databaseUrl)
    const start = async (path: string): Promise<ServerProcess> => {
      const child = fork(file(path), {
        cwd: scratch,
        env: {
          PATH: process.env['PATH'],
          PEER_MODULES: scratch,
          TOKEN: key,
          DATABASE_URL: await createDatabase(cluster.url)
        }
      })
      children.push(child)
      const [{ port }] = (await once(child, 'message')) as [{ port: number }]
      return { port, pid: child.pid! }
    }
    return await work({
      ours,
      key,
      sdk: await start('./peer'),
      bare: await start('../oauth/limits')
    })
  } finally {
    await Promise.all(children.map(endProcess))
    await cluster.stop()
  }
}

/** Ends a server before its database goes, so that it has nothing to complain about. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill()
  await exited
}

/** A key of a person who has stored 100 memories, `note-0` to `note-99`. */
async function newKey(databaseUrl: string): Promise<string> {
  const connection = await connect({ databaseUrl, dataDir: '', beside: true })
  const person = await newPerson(connection)
  for (let number = 0; number < 100; number++) {
    await person.call('memory_store', { key: `note-${number}`, value: newSecret() })
  }
  const { key } = await issueApiKey(connection.db, {
    user_id: person.user_id,
    name: 'bench',
    scope: 'mcp:memory'
  })
  await connection.close()
  return String(key)
}
