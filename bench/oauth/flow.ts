import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { connect, type ConnectOptions, type Db } from '../../db/connection/connect.ts'
import { findClient } from '../../db/oauth/clients.ts'
import { secretDigest, newSecret } from '../../lib/secrets.ts'
import { decidedSubject } from '../../plugins/oauth-server/authorize/remembered-consent.ts'
import { Connection, cpuOf, type Measured, median } from './load.ts'

/** Earlier authorizations of the same app by each of so many people, who take turns. */
const HISTORIES = [
  { grants: 1, people: 100 },
  { grants: 100, people: 20 },
  { grants: 5000, people: 4 }
]
const ROUNDS = 5
const PER_ROUND = 400
const AT_ONCE = 16
const REDIRECT_URI = 'https://client.example/callback'
const SCOPE = 'mcp:tools mcp:memory mcp:coding'

/** Who asks, and where. `cookies`: of people who are signed in and have approved the client. */
export interface FlowTarget {
  name: string
  port: number
  pid: number
  cookies: string[]
  authorizePath: string
  tokenPath: string
  scope: string
  client: { client_id: string; client_secret: string }
}

interface Server {
  port: number
  pid: number
  database: ConnectOptions
}

/** Our targets, one for each number of earlier grants. */
export async function ourFlows(name: string, server: Server): Promise<FlowTarget[]> {
  const { db, close } = await connect({ ...server.database, beside: true })
  const secret = newSecret()
  await db
    .insertInto('oauth_clients')
    .values({
      client_id: 'flow',
      client_secret_hash: secretDigest(secret),
      redirect_uris: JSON.stringify([REDIRECT_URI])
    })
    .execute()
  const targets: FlowTarget[] = []
  for (const { grants, people } of HISTORIES) {
    const cookies: string[] = []
    for (let i = 0; i < people; i++) {
      cookies.push(await newPerson(db, `${grants}-${i}@example.org`, grants, server.port))
    }
    targets.push({
      name: `${name}, ${String(grants).padStart(4)} earlier grants`,
      port: server.port,
      pid: server.pid,
      cookies,
      authorizePath: '/api/v1/oauth/authorize',
      tokenPath: '/api/v1/oauth/token',
      scope: SCOPE,
      client: { client_id: 'flow', client_secret: secret }
    })
  }
  await close()
  return targets
}

/** A person who is signed in and has authorized the client so many times; returns the cookie. */
async function newPerson(db: Db, email: string, grants: number, port: number): Promise<string> {
  const client = (await findClient(db, 'flow'))!
  const seen = decidedSubject({ client, redirectUri: REDIRECT_URI })
  const resource = `http://localhost:${port}/api/v1/mcp/sse`
  const { user_id: userId } = await db
    .insertInto('users')
    .values({ email })
    .returning('user_id')
    .executeTakeFirstOrThrow()
  const session = newSecret()
  await db
    .insertInto('sessions')
    .values({
      session_hash: secretDigest(session),
      user_id: userId,
      expires_at: sql`now() + interval '1 day'`
    })
    .execute()
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
  return `kagura_session=${session}`
}

/**
 * The whole code flow of a person who decided before: authorize, which answers at once, and the
 * token. All targets take turns, and each is warmed up by a round that does not count.
 */
export async function measureFlows(targets: FlowTarget[], peer?: FlowTarget): Promise<void> {
  const all = peer ? [...targets, peer] : targets
  const rounds = all.map((): Measured[] => [])
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, target] of all.entries()) {
      const measured = await oneRound(target)
      if (round > 0) rounds[i]!.push(measured)
    }
  }
  const medians = rounds.map((measured) => ({
    perSecond: median(measured.map((result) => result.perSecond)),
    cpuMs: median(measured.map((result) => result.cpuMs))
  }))
  const theirs = peer && medians.at(-1)!
  for (const [i, { name }] of all.entries()) {
    const { perSecond, cpuMs } = medians[i]!
    const ratio =
      theirs && all[i] !== peer
        ? `; ${(perSecond / theirs.perSecond).toFixed(2)} x the throughput of ${peer.name}`
        : ''
    console.log(
      `code flow  ${name.padEnd(32)} ${AT_ONCE} at once: ${perSecond.toFixed(0)} a second, ` +
        `${cpuMs.toFixed(2)} ms of CPU each${ratio}`
    )
  }
}

async function oneRound(target: FlowTarget): Promise<Measured> {
  const connections = await Promise.all(
    Array.from({ length: AT_ONCE }, () => Connection.open(target.port))
  )
  const cpu = cpuOf(target.pid)
  const began = performance.now()
  let next = 0
  await Promise.all(
    connections.map(async (connection) => {
      while (next < PER_ROUND) {
        await oneFlow(connection, target, target.cookies[next++ % target.cookies.length]!)
      }
    })
  )
  const seconds = (performance.now() - began) / 1000
  const cpuUsed = cpuOf(target.pid) - cpu
  for (const connection of connections) connection.close()
  return { perSecond: PER_ROUND / seconds, cpuMs: cpuUsed / PER_ROUND }
}

async function oneFlow(connection: Connection, target: FlowTarget, cookie: string): Promise<void> {
  const verifier = newSecret()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: target.client.client_id,
    redirect_uri: REDIRECT_URI,
    scope: target.scope,
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256'
  })
  const redirect = await connection.send('GET', `${target.authorizePath}?${query.toString()}`, {
    cookie
  })
  const code = /\r\nlocation: [^\r]*[?&]code=([^&\r]+)/i.exec(redirect)?.[1]
  if (code === undefined) throw new Error(`No code: ${redirect}`)
  const answer = await connection.post(
    target.tokenPath,
    {},
    new URLSearchParams({
      grant_type: 'authorization_code',
      code: decodeURIComponent(code),
      code_verifier: verifier,
      redirect_uri: REDIRECT_URI,
      ...target.client
    }).toString()
  )
  if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`No tokens: ${answer}`)
}
