import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { requireNoSecret, startSecretScan } from './secret-scan.ts'
import type { Teardown } from './teardown.ts'

/** Environment variables that point a server process at one database. */
export type Settings = Record<string, string>

export interface Service {
  /** The address in the ready line: PUBLIC_URL, or http://localhost and the port. */
  url: string
  process: ChildProcessByStdio<null, Readable, Readable>
  stdout: () => string
  stderr: () => string
  /**
   * Sends the signal (default SIGTERM) and waits; the exit code, null when the signal killed it.
   */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>
}

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 10_000
const server = fileURLToPath(new URL(`../../server${extname(import.meta.url)}`, import.meta.url))

/**
 * Starts the server as another process on a free port, with only these settings, and waits until it
 * is ready. It logs at debug level. Teardown ends it, after 10 s by force, and fails if its output
 * contains a secret. Throws with its output if it ends or is not ready after 60 s.
 */
export async function spawnService(
  t: Teardown,
  settings: Settings,
  extra: Settings = {}
): Promise<Service> {
  startSecretScan(t)
  // A working directory of its own keeps a developer's .env out.
  const directory = mkdtempSync(join(tmpdir(), 'kagura-service-'))
  const child = spawn(process.execPath, [server], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      TMPDIR: tmpdir(),
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'debug',
      ...settings,
      ...extra
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
    })
  }
  const closed = once(child, 'close') as Promise<[number | null]>

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    child.kill(signal)
    return (await closed)[0]
  }
  t.teardown(async () => {
    const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await stop()
    clearTimeout(limit)
    rmSync(directory, { recursive: true, force: true })
    requireNoSecret(written.stdout, written.stderr)
  })
  return {
    url: await ready(),
    process: child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    stop
  }

  function ready(): Promise<string> {
    return new Promise((resolve, reject) => {
      const refuse = (why: string) =>
        reject(new Error(`The server ${why}.\n${written.stdout}\n${written.stderr}`))
      const limit = setTimeout(refuse, START_LIMIT_MS, 'did not become ready in time')
      closed
        .then(([code]) => refuse(`ended with code ${code}`), reject)
        .finally(() => clearTimeout(limit))
      child.stdout.on('data', function look() {
        const url = /listening on (\S+)[^\n]*\n/.exec(written.stdout)?.[1]
        if (!url) return
        clearTimeout(limit)
        child.stdout.off('data', look)
        resolve(url)
      })
    })
  }
}
