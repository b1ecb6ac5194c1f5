import { type ChildProcess, spawn } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { connect, type ConnectOptions } from '../../db/connection/connect.ts'
import { CODE_PREFIX } from '../../db/oauth/authorization-codes.ts'
import { insertGrant } from '../../db/oauth/grants.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import { hashTokenPair, newTokenPair } from '../../db/oauth/token-pair.ts'

export interface Minted {
  codes: string[]
  refresh: string[]
  access: string[]
}
const server = fileURLToPath(new URL(`../../server${extname(import.meta.url)}`, import.meta.url))
const REDIRECT_URI = 'https://client.example/callback'

/**
 * This server as a process of its own, on that Node.js and database; on loopback there is no bound
 * per address.
 */
export async function ours(
  node: string,
  cwd: string,
  database: ConnectOptions,
  children: ChildProcess[]
): Promise<{ port: number; pid: number; database: ConnectOptions }> {
  return { ...(await startServer(node, server, cwd, database, children)), database }
}

/** A build of this server as a process; `program` is the path of its server.js. */
export async function startServer(
  node: string,
  program: string,
  cwd: string,
  database: ConnectOptions,
  children: ChildProcess[]
): Promise<{ port: number; pid: number }> {
  const { databaseUrl, dataDir } = database
  const env = {
    PATH: process.env['PATH'],
    PORT: '0',
    ...(databaseUrl
      ? { DATABASE_URL: databaseUrl, SERVER_SECRET: newSecret() }
      : { DATA_DIR: dataDir }),
    LOG_LEVEL: 'error'
  }
  const child = spawn(node, [program], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    const port = /listening on http:\/\/localhost:(\d+)/.exec(output)?.[1]
    if (port !== undefined) return { port: Number(port), pid: child.pid! }
  }
  throw new Error(output)
}

/** A client, a person, and so many codes and refresh tokens as after an approval. */
export async function mintOurs(
  database: ConnectOptions,
  { count, challenge, secret }: { count: number; challenge: string; secret: string }
): Promise<Minted> {
  const { db, close } = await connect({ ...database, beside: true })
  await db
    .insertInto('oauth_clients')
    .values({
      client_id: 'bench',
      client_secret_hash: secretDigest(secret),
      redirect_uris: JSON.stringify([REDIRECT_URI])
    })
    .execute()
  const { user_id: userId } = await db
    .insertInto('users')
    .values({ email: 'bench@example.org' })
    .returning('user_id')
    .executeTakeFirstOrThrow()
  const made: Minted = { codes: [], refresh: [], access: [] }
  const grant = {
    user_id: userId,
    client_id: 'bench',
    resource: 'http://localhost/mcp',
    scope: 'mcp:tools'
  }
  await db.transaction().execute(async (trx) => {
    for (let i = 0; i < count; i++) {
      const grantId = await insertGrant(trx, grant)
      const code = newSecret(CODE_PREFIX)
      await trx
        .insertInto('oauth_authorization_codes')
        .values({
          ...grant,
          grant_id: grantId,
          code_hash: secretDigest(code),
          redirect_uri: REDIRECT_URI,
          code_challenge: challenge,
          code_challenge_method: 'S256',
          expires_at: sql`now() + interval '10 minutes'`
        })
        .execute()
      const pair = newTokenPair(90)
      await trx
        .insertInto('oauth_tokens')
        .values({
          ...grant,
          ...hashTokenPair(pair),
          grant_id: grantId,
          refresh_expires_at: sql`now() + interval '90 days'`
        })
        .execute()
      made.codes.push(code)
      made.refresh.push(pair.refresh_token!)
      made.access.push(pair.access_token)
    }
  })
  await close()
  return made
}
