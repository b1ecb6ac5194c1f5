import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface ParserLimits {
  /** Resident memory at which the guard ends a child. */
  memoryMb: number
  /** CPU time over its whole life at which the operating system ends a child. */
  cpuSeconds: number
}

/**
 * RLIMIT_DATA also counts thread stacks and memory that is reserved but never touched. Unlike
 * RLIMIT_AS, it does not count V8's large reserved ranges.
 */
const RESERVED_MB = 192
/** Resident memory outside the JavaScript heap. */
const OUTSIDE_HEAP_MB = 96
const SHELL_PATH = '/bin/sh'
const WITH_LIMITS = 'ulimit -c 0; ulimit -d "$1"; ulimit -t "$2"; shift 2; exec "$@"'

/** A child has two V8 isolates: the parser and its guard. */
const ISOLATE_COUNT = 2
const CODE_RANGE_MB = codeRangeMb()

const livingChildren = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of livingChildren) child.kill('SIGKILL')
})

/**
 * Starts a process for untrusted input with limits and an empty environment. Linux enforces all
 * limits. macOS ignores the memory limit and Windows has none, so there only `guard.ts` protects.
 * The child ends with this process.
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
  // Sending to a dead child also emits an error.
  return childProcess.once('close', forgetChild).on('error', forgetChild)
}

/**
 * Megabytes that one isolate reserves for machine code, as counted by RLIMIT_DATA. Node.js 24 maps
 * the whole range writable (512 MB); Node.js 20 maps nearly nothing.
 */
function codeRangeMb(): number {
  const memoryMaps = process.platform === 'linux' ? readFileSync('/proc/self/maps', 'utf8') : ''
  const writableRanges = [...memoryMaps.matchAll(/^([\da-f]+)-([\da-f]+) rwxp /gm)]
  const rangeSizes = writableRanges.map(
    ([, start, end]) => parseInt(end!, 16) - parseInt(start!, 16)
  )
  return Math.ceil(Math.max(0, ...rangeSizes) / 2 ** 20)
}
