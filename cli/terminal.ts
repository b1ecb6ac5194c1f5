import { AsyncLocalStorage } from 'node:async_hooks'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'

/** What a command reads and writes: the process, or what a caller gives instead. */
export interface Terminal {
  env: NodeJS.ProcessEnv
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable
  stderr: Writable & { isTTY?: boolean }
  /** Set before the command ends; otherwise it succeeds. */
  exitCode?: number | string | null | undefined
}

const givenTerminal = new AsyncLocalStorage<Terminal>()

/** The terminal of the running command. */
export function terminal(): Terminal {
  return givenTerminal.getStore() ?? process
}

/** Runs the work of a command with this terminal instead of the process. */
export function withTerminal<T>(replacement: Terminal, work: () => Promise<T>): Promise<T> {
  return givenTerminal.run(replacement, work)
}

/** The .env file that belongs to the environment, if there is one. */
export function findEnvFile(): string | undefined {
  return terminal().env === process.env && existsSync('.env') ? '.env' : undefined
}
