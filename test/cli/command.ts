import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { runCommand } from '../../cli/run.ts'
import { withTerminal } from '../../cli/terminal.ts'
import type { Settings } from '../support/helper.ts'

const command = fileURLToPath(
  new URL(`../../cli/index${extname(import.meta.url)}`, import.meta.url)
)

/** A command without a setting of the database must not find a developer's. */
const DEFAULTS = { DATA_DIR: join(tmpdir(), 'kagura-no-data') }

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/**
 * Starts the kagura command with only these settings, and those of an .env in the directory.
 */
export function startKagura(settings: Settings, args: string[], directory = tmpdir()) {
  return spawn(process.execPath, [command, ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir(), ...settings }
  })
}

/**
 * Runs the kagura command to its end, in this process, which has loaded it already. `kaguraProcess`
 * runs it as an operator does.
 */
export async function kagura(settings: Settings, args: string[], input = ''): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const printed = Promise.all([text(stdout), text(stderr)])
  const code = await withTerminal(
    {
      env: { ...DEFAULTS, ...settings },
      stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]),
      stdout,
      stderr
    },
    () => runCommand(args)
  )
  stdout.end()
  stderr.end()
  const [stdoutText, stderrText] = await printed
  return { code, stdout: stdoutText, stderr: stderrText }
}

/** Runs the kagura command to its end, as a process. */
export async function kaguraProcess(
  settings: Settings,
  args: string[],
  input = ''
): Promise<Ended> {
  const child = startKagura(settings, args)
  child.stdin.on('error', () => {}) // The command may end without reading.
  child.stdin.end(input)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>
  ])
  return { code, stdout, stderr }
}

/** Returns the JSON object that the command prints. Throws if it fails or prints anything else. */
export async function kaguraJson(settings: Settings, args: string[], input?: string): Promise<any> {
  const { code, stdout, stderr } = await kagura(settings, [...args, '--json'], input)
  if (code !== 0) throw new Error(`kagura ${args.join(' ')} ended with ${code}: ${stderr}`)
  const result = JSON.parse(stdout)
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    throw new Error(`Not an object: ${stdout}`)
  }
  return result
}

/** Checks that the command fails with one line on stderr and prints nothing on stdout. */
export async function refuses(
  t: Test,
  settings: Settings,
  args: string[],
  why: RegExp,
  { code = 1, input = '' } = {}
): Promise<void> {
  const ended = await kagura(settings, args, input)
  const name = `kagura ${args.join(' ').slice(0, 100)}`
  t.equal(ended.code, code, `${name}: exit code`)
  t.equal(ended.stdout, '', `${name}: nothing on stdout`)
  t.match(ended.stderr, /^error: [^\n]+\n$/, `${name}: one line`)
  t.match(ended.stderr, why, name)
}
