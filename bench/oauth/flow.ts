import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { connect, type ConnectOptions } from '../../db/connect.ts'
import { findClient } from '../../db/oauth-clients.ts'
import { digest, newSecret } from '../../db/secrets.ts'
import type { AuthorizationRequest } from '../../plugins/oauth-server/authorization-request.ts'
import { seenBy } from '../../plugins/oauth-server/remembered-consent.ts'
import { Connection, cpuOf, type Measured, median } from './load.ts'

/** Earlier authorizations of the same app by each of so many people, who take turns. */
const HISTORIES = [{ grants: 1, people: 100 }, { grants: 100, people: 20 }, { grants: 5000, people: 4 }]
const ROUNDS = 5
const PER_ROUND = 200
const AT_ONCE = 8
const REDIRECT_URI = 'https://client.example/callback'
const SCOPE = 'mcp:tools mcp:memory mcp:coding'

interface Server { port: number, pid: number, database: ConnectOptions }
interface Person { cookie: string }

/** The whole code flow of a person who decided before: authorize, answered at once, and the token. */
export async function codeFlow (name: string, server: Server): Promise<void> {
  const { db, close } = await connect({ ...server.database, beside: true })
  const secret = newSecret()
  await db.insertInto('oauth_clients').values({
    client_id: 'flow', client_secret_hash: digest(secret), redirect_uris: JSON.stringify([REDIRECT_URI])
  }).execute()
  const client = (await findClient(db, 'flow'))!
  const seen = seenBy({ client, redirectUri: REDIRECT_URI } as AuthorizationRequest)
  const resource = `http://localhost:${server.port}/api/v1/mcp/sse`
  const groups: Array<{ grants: number, people: Person[], measured: Measured[] }> = []
  for (const { grants, people } of HISTORIES) {
    const group = { grants, people: [] as Person[], measured: [] as Measured[] }
    for (let i = 0; i < people; i++) {
      const { user_id: userId } = await db.insertInto('users')
        .values({ email: `${grants}-${i}@example.org` }).returning('user_id').executeTakeFirstOrThrow()
      const session = newSecret()
      await db.insertInto('sessions').values({
        session_hash: digest(session), user_id: userId, expires_at: sql`now() + interval '1 day'`
      }).execute()
      await sql`with made as (
          insert into oauth_grants (user_id, client_id, resource, scope, redirect_origin,
            client_metadata_hash, consented_at, created_at)
          select ${userId}, 'flow', ${resource}, ${SCOPE}, ${seen.redirect_origin},
            ${seen.client_metadata_hash}, '2026-01-01', now() - make_interval(mins => n)
          from generate_series(1, ${grants}::integer) n returning *)
        insert into oauth_tokens (grant_id, client_id, user_id, scope, resource, access_token_hash,
          refresh_token_hash, refresh_expires_at)
        select grant_id, client_id, user_id, scope, resource, grant_id, 'r' || grant_id,
          now() + interval '90 days' from made`.execute(db)
      group.people.push({ cookie: `kagura_session=${session}` })
    }
    groups.push(group)
  }
  await close()
  for (let round = 0; round <= ROUNDS; round++) {
    for (const group of groups) {
      const measured = await measureFlows(server, secret, group.people)
      if (round > 0) group.measured.push(measured) // the first warms up
    }
  }
  for (const { grants, measured } of groups) {
    const perSecond = median(measured.map((one) => one.perSecond))
    const cpuMs = median(measured.map((one) => one.cpuMs))
    console.log(`code flow, ${String(grants).padStart(4)} earlier grants  ${name.padEnd(10)} ` +
      `${AT_ONCE} at once: ${perSecond.toFixed(0)} a second, ${cpuMs.toFixed(2)} ms of CPU each`)
  }
}

async function measureFlows (server: Server, secret: string, people: Person[]): Promise<Measured> {
  const connections = await Promise.all(Array.from({ length: AT_ONCE }, () => Connection.open(server.port)))
  const cpu = cpuOf(server.pid)
  const began = performance.now()
  let next = 0
  await Promise.all(connections.map(async (connection) => {
    while (next < PER_ROUND) await oneFlow(connection, secret, people[next++ % people.length]!)
  }))
  const seconds = (performance.now() - began) / 1000
  const spent = cpuOf(server.pid) - cpu
  for (const connection of connections) connection.close()
  return { perSecond: PER_ROUND / seconds, cpuMs: spent / PER_ROUND }
}

async function oneFlow (connection: Connection, secret: string, { cookie }: Person): Promise<void> {
  const verifier = newSecret()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'flow',
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256'
  })
  const redirect = await connection.send('GET', `/api/v1/oauth/authorize?${query.toString()}`, { cookie })
  const code = /\r\nlocation: [^\r]*[?&]code=([^&\r]+)/i.exec(redirect)?.[1]
  if (code === undefined) throw new Error(`No code: ${redirect}`)
  const answer = await connection.post('/api/v1/oauth/token', {}, new URLSearchParams({
    grant_type: 'authorization_code',
    code: decodeURIComponent(code),
    code_verifier: verifier,
    redirect_uri: REDIRECT_URI,
    client_id: 'flow',
    client_secret: secret
  }).toString())
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`No tokens: ${answer}`)
}
