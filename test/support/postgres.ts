import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface Cluster {
  /** The maintenance database, as a connection string over the Unix socket. */
  url: string
  /** Stops the server and removes its directory. */
  stop: () => Promise<void>
}

/**
 * The folder of initdb and postgres, newest version first; undefined when PostgreSQL is not
 * installed.
 */
export function findPostgres(): string | undefined {
  const installed = '/usr/lib/postgresql'
  const versions = existsSync(installed)
    ? readdirSync(installed).sort((a, b) => Number(b) - Number(a))
    : []
  return [configuredFolder(), ...versions.map((version) => join(installed, version, 'bin'))].find(
    (folder) =>
      folder !== undefined &&
      existsSync(join(folder, 'initdb')) &&
      existsSync(join(folder, 'postgres'))
  )
}

function configuredFolder(): string | undefined {
  try {
    return execFileSync('pg_config', ['--bindir'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    }).trim()
  } catch {
    return undefined
  }
}

// The shell's stdin is a pipe of this process. The pipe closes however this process ends. Then the
// shell stops the server and removes the directory.
const script = `
  "$1/initdb" --pgdata="$2/data" --username=postgres --auth=trust --encoding=UTF8 \\
    --locale=C.UTF-8 --no-sync >"$2/initdb.log" 2>&1 \\
    || { cat "$2/initdb.log" >&2; rm -rf "$2"; exit 1; }
  "$1/postgres" -D "$2/data" -c listen_addresses= -c unix_socket_directories="$2" \\
    -c max_connections=200 $3 >"$2/server.log" 2>&1 </dev/null &
  server=$!
  cat >/dev/null
  while kill -QUIT $server 2>/dev/null; do sleep 0.1; done # ignored while it is still starting
  rm -rf "$2"
`

/** Tests need not survive a crash of the machine. Benchmarks do, like an owner's database. */
const NOT_DURABLE = '-c fsync=off -c full_page_writes=off -c synchronous_commit=off'

/**
 * Starts a temporary PostgreSQL on a Unix socket in a temporary directory; it ends with this
 * process. `durable` makes it write to disk before it answers, which is PostgreSQL's default.
 * Throws the output of initdb.
 */
export async function startCluster(bin: string, { durable = false } = {}): Promise<Cluster> {
  const directory = mkdtempSync(join(tmpdir(), 'kagura-pg-'))
  const account = ordinaryUser()
  if (account) chownSync(directory, account.uid, account.gid)
  // Its process group is separate, so that Ctrl-C does not stop the server before the tests end.
  const shell = spawn('/bin/sh', ['-c', script, 'sh', bin, directory, durable ? '' : NOT_DURABLE], {
    ...account,
    cwd: directory,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe']
  })
  let initdbOutput = ''
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    initdbOutput += text
  })
  const exited = once(shell, 'exit')
  const url = databaseUrl(
    `postgres://postgres@localhost/postgres?host=${encodeURIComponent(directory)}`,
    'postgres'
  )
  for (let tries = 0; !(await isReady(url)); tries++) {
    if (shell.exitCode !== null || tries === 600) {
      throw new Error(`PostgreSQL did not start: ${initdbOutput}`)
    }
    await sleep(50)
  }
  shell.unref()
  for (const stream of [shell.stdin, shell.stderr] as unknown as Array<{ unref: () => void }>) {
    stream.unref()
  }
  return {
    url,
    stop: async () => {
      shell.ref()
      shell.stdin.end()
      await exited
    }
  }
}

/** The account for initdb, which refuses root; undefined for the current one. */
function ordinaryUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(
          execFileSync('id', [flag, name], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore']
          })
        )
      return { uid: id('-u'), gid: id('-g') }
    } catch {} // no such account
  }
  throw new Error('PostgreSQL does not run as root. Create an account named postgres or nobody.')
}

async function isReady(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

/** The connection string of another database on the same server. */
export function databaseUrl(url: string, database: string): string {
  const target = new URL(url)
  target.pathname = `/${database}`
  return target.href
}

/** Runs statements one by one, outside a transaction. */
export async function execute(url: string, ...statements: string[]): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const results: pg.QueryResult[] = []
    for (const statement of statements) results.push(await client.query(statement))
    return results
  } finally {
    await client.end()
  }
}
