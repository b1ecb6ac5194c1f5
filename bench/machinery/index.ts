import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect, type ConnectOptions } from '../../db/connection/connect.ts'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { insertUser } from '../../db/people/users.ts'
import { newSecret } from '../../lib/secrets.ts'
import { findPostgres, startCluster } from '../../test/support/postgres.ts'
import { createDatabase } from '../../test/support/template.ts'
import { type Measured, measure, median, type Target } from '../oauth/load.ts'
import { mintOurs, startServer } from '../oauth/ours.ts'
import { type Switch, switches } from './switches.ts'

const ROUNDS = 5
const WARM_UP = 3000
const PER_ROUND = 2000
const AT_ONCE = 16
const SECRET = 's'.repeat(43)
const root = fileURLToPath(new URL('../../../', import.meta.url))
const everything: Switch = { piece: 'everything on', file: '', edits: [] }

/**
 * Measures what each piece of machinery gains: the same build with one piece switched off, beside
 * the complete one, in turns, on a PostgreSQL that writes to the disk before it answers.
 */
export async function machinery(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'kagura-bench-'))
  const cluster = await startCluster(findPostgres()!, { durable: true })
  try {
    console.log(
      `Node.js ${process.version}, ${AT_ONCE} at once, medians of ${ROUNDS} rounds; ` +
        'throughput and CPU of the complete server, divided by those without the piece'
    )
    for (const piece of switches) {
      const children: ChildProcess[] = []
      try {
        const targets = []
        for (const version of [everything, piece]) {
          const database = { databaseUrl: await createDatabase(cluster.url), dataDir: '' }
          const build = buildWithout(scratch, version)
          targets.push(await startTargets(build, scratch, database, children))
        }
        console.log(`${piece.piece.padEnd(28)} ${await compare(targets[0]!, targets[1]!)}`)
      } finally {
        await Promise.all(children.map(stopServer))
      }
    }
  } finally {
    await cluster.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exited = once(child, 'exit')
  child.kill()
  await exited
}

/** A copy of dist/ without the piece. Returns the path of its server. */
function buildWithout(scratch: string, { piece, file, edits }: Switch): string {
  const copy = join(scratch, piece.replaceAll(' ', '-'))
  cpSync(join(root, 'dist'), join(copy, 'dist'), {
    recursive: true,
    filter: (path) => !/dist\/(test|bench)$/.test(path)
  })
  cpSync(join(root, 'package.json'), join(copy, 'package.json'))
  try {
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  } catch {} // the copy of everything is made again for each piece
  if (file !== '') {
    const path = join(copy, 'dist', file)
    const source = readFileSync(path, 'utf8')
    const changed = edits.reduce((text, [from, to]) => {
      if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand once in ${file}`)
      return text.replace(from, () => to)
    }, source)
    writeFileSync(path, changed)
  }
  return join(copy, 'dist/server.js')
}

type Targets = Record<string, Target>

async function startTargets(
  server: string,
  cwd: string,
  database: ConnectOptions,
  children: ChildProcess[]
): Promise<Targets> {
  const process_ = await startServer(process.execPath, server, cwd, database, children)
  const count = WARM_UP + ROUNDS * PER_ROUND
  const minted = await mintOurs(database, { count, challenge: 'c'.repeat(43), secret: SECRET })
  const key = await issueKey(database)
  const recall = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'memory_stats', arguments: {} }
  })
  return {
    'tool call': {
      ...process_,
      path: '/api/v1/mcp/key',
      headers: () => ({
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream'
      }),
      body: () => recall,
      expected: 200
    },
    'wrong token': {
      ...process_,
      path: '/mcp',
      headers: (i) => ({ authorization: `Bearer kga_${String(i).padStart(43, 'x')}` }),
      body: () => '',
      expected: 401
    },
    refresh: {
      ...process_,
      path: '/api/v1/oauth/token',
      body: (i) =>
        `grant_type=refresh_token&refresh_token=${minted.refresh[i]}` +
        `&client_id=bench&client_secret=${SECRET}`,
      expected: 200
    }
  }
}

async function issueKey(database: ConnectOptions): Promise<string> {
  const { db, close } = await connect({ ...database, beside: true })
  const user = await insertUser(db, {
    email: `${newSecret()}@example.com`,
    name: 'Bench',
    role: 'user',
    password_hash: null
  })
  const { key } = await issueApiKey(db, {
    user_id: user!.user_id,
    name: 'bench',
    scope: 'mcp:memory'
  })
  await close()
  return String(key)
}

async function compare(complete: Targets, without: Targets): Promise<string> {
  const results: string[] = []
  for (const work of Object.keys(complete)) {
    const measured: [Measured[], Measured[]] = [[], []]
    const pair = [complete[work]!, without[work]!]
    for (const target of pair) await measure(target, 0, WARM_UP, AT_ONCE)
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, target] of pair.entries()) {
        measured[i]!.push(await measure(target, WARM_UP + round * PER_ROUND, PER_ROUND, AT_ONCE))
      }
    }
    const ratio = (field: keyof Measured) =>
      median(measured[0].map((result) => result[field])) /
      median(measured[1].map((result) => result[field]))
    results.push(
      `${work} ${ratio('perSecond').toFixed(2)} (CPU ${ratio('cpuMs').toFixed(2)})`.padEnd(32)
    )
  }
  return results.join(' ')
}
