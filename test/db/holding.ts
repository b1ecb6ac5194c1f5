import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freshSettings, openSettings, type Teardown } from '../support/helper.ts'

const program = fileURLToPath(new URL(`./holder${extname(import.meta.url)}`, import.meta.url))

export interface Holding {
  process: ChildProcessByStdio<null, Readable, Readable>
  stdout: () => string
  stderr: () => string
  closed: Promise<unknown>
}

/** Starts another process on the data directory (holder.ts); killed at teardown. */
export function hold(t: Teardown, directory: string, mode = 'hold'): Holding {
  const child = spawn(process.execPath, [program, directory, mode], {
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
    })
  }
  const closed = once(child, 'close')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await closed
  })
  return { process: child, stdout: () => written.stdout, stderr: () => written.stderr, closed }
}

/** Resolves when the process has the directory open. Throws its error output if it ends first. */
export async function opened({ process: child, stdout, stderr }: Holding): Promise<void> {
  while (!stdout().startsWith('open\n')) {
    if (child.exitCode !== null) throw new Error(stderr())
    await sleep(20)
  }
}

/**
 * Kills a process with four writers at a random moment after 50 to 200 acknowledged writes. All
 * rounds use one directory. Returns for each round the number of acknowledged users, the
 * acknowledged users that are missing, and the users with half of their transaction.
 */
export async function killRounds(
  t: Teardown,
  rounds: number
): Promise<Array<{ acknowledged: number; missing: string[]; halves: string[] }>> {
  const settings = await freshSettings(t)
  const acknowledged = new Set<string>()
  const outcomes = []
  for (let round = 0; round < rounds; round++) {
    const writer = hold(t, settings['DATA_DIR']!, 'write')
    await opened(writer)
    const lines = () => writer.stdout().split('\n').slice(1, -1) // the last line may be cut
    for (
      const enough = 51 + Math.random() * 150;
      lines().length < enough && writer.process.exitCode === null;
    ) {
      await sleep(Math.random() * 20)
    }
    writer.process.kill('SIGKILL')
    await writer.closed
    for (const email of lines()) acknowledged.add(email)

    const { db, close } = await openSettings(settings)
    const users = await db
      .selectFrom('users')
      .leftJoin('sessions', 'sessions.user_id', 'users.user_id')
      .select(['email', 'session_hash'])
      .execute()
    await close()
    const there = new Set(users.map(({ email }) => email))
    outcomes.push({
      acknowledged: lines().length,
      missing: [...acknowledged].filter((email) => !there.has(email)),
      halves: users
        .filter(({ email, session_hash: session }) => session !== email)
        .map(({ email }) => email)
    })
  }
  return outcomes
}
