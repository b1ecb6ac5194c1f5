import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface ParserLimits {
  /** Resident memory of one child, at which its guard ends it. */
  memoryMb: number
  /** Processor time of one child over its life, at which the operating system ends it. */
  cpuSeconds: number
}

/**
 * What RLIMIT_DATA counts beside resident memory: stacks of threads, and what is reserved and
 * never touched. It does not count V8's large reserved ranges, as RLIMIT_AS would.
 */
const RESERVED_MB = 192
/** Of resident memory: what is not JavaScript's heap. */
const OUTSIDE_HEAP_MB = 96
const SHELL_PATH = '/bin/sh'
const WITH_LIMITS = 'ulimit -c 0; ulimit -d "$1"; ulimit -t "$2"; shift 2; exec "$@"'

/** A parser and its guard are two isolates of V8. */
const ISOLATE_COUNT = 2
const CODE_RANGE_MB = codeRangeMb()

const livingChildren = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of livingChildren) child.kill('SIGKILL')
})

/**
 * Starts a process for untrusted input: without our environment, and with limits. Linux holds all
 * of them; macOS ignores the one on memory, and Windows has none, so there the child's own guard
 * (`guard.ts`) is alone. The child ends when this process does.
 */
export function startParser(script: URL, { memoryMb, cpuSeconds }: ParserLimits): ChildProcess {
  const nodeCommand = [
    process.execPath,
    `--max-old-space-size=${memoryMb - OUTSIDE_HEAP_MB}`,
    '--max-semi-space-size=8',
    fileURLToPath(script),
    String(memoryMb)
  ]
  const limitArguments = [
    (memoryMb + RESERVED_MB + ISOLATE_COUNT * CODE_RANGE_MB) * 1024,
    cpuSeconds
  ].map(String)
  const [command, ...args] = existsSync(SHELL_PATH)
    ? [SHELL_PATH, '-c', WITH_LIMITS, SHELL_PATH, ...limitArguments, ...nodeCommand]
    : nodeCommand
  const childProcess = spawn(command!, args, {
    env: process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced'
  })
  livingChildren.add(childProcess)
  const forgetChild = () => {
    livingChildren.delete(childProcess)
  }
  return childProcess.once('close', forgetChild).on('error', forgetChild) // also a message to a child that has died
}

/**
 * Megabytes that an isolate reserves for machine code and that RLIMIT_DATA counts: with Node.js 24
 * the whole range (512 MB), because V8 maps it writable; nearly nothing with Node.js 20.
 */
function codeRangeMb(): number {
  const memoryMaps = process.platform === 'linux' ? readFileSync('/proc/self/maps', 'utf8') : ''
  const writableRanges = [...memoryMaps.matchAll(/^([\da-f]+)-([\da-f]+) rwxp /gm)]
  const rangeSizes = writableRanges.map(
    ([, start, end]) => parseInt(end!, 16) - parseInt(start!, 16)
  )
  return Math.ceil(Math.max(0, ...rangeSizes) / 2 ** 20)
}
