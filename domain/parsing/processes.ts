import type { ChildProcess } from 'node:child_process'
import { type Limits, startParser } from './start.ts'

/** Why a job has no result. `busy`: too many were waiting, so it was not begun. */
export type Ended = 'time' | 'memory' | 'crash' | 'aborted' | 'busy'
export type Outcome<Result> = { result: Result } | { ended: Ended }

/** What a child sends after each job. `isLast`: it can do no other. */
export interface Answer<Result> {
  result: Result
  isLast: boolean
  rssMb: number
  cpuSeconds: number
}

export interface Options extends Limits {
  /** What the child runs: a module that calls `serveJobs`. */
  script: URL
  /** Children at the same time; each is at one job at a time. */
  processes: number
  /** Time for one job, without the time it waits for its turn. */
  jobMs: number
}

/** What a child sends once, when it can be sent a job. */
export interface Ready {
  ready: true
}

interface Job<Input, Result> {
  input: Input
  signal: AbortSignal
  end: (outcome: Outcome<Result>) => void
  fail: (error: unknown) => void
}

/** Until a child is ready; far longer than it takes on a machine that is not overloaded. */
const START_MS = 30_000
/** A child with nothing to do is ended after this time, which gives its memory back. */
const IDLE_MS = 3 * 60_000
const MAX_WAITING = 100
/** A child above this share of a limit is replaced once its job is done. */
const WORN = 0.6

/** Children that were sent a job before. */
const warm = new WeakSet<ChildProcess>()

/**
 * Runs jobs over untrusted input in child processes, which have limits of the operating system.
 * A child that fails costs the job that it was at, nothing else. Children start when they are
 * needed, stay warm for the next job, and never keep this process alive.
 */
export class ParserProcesses<Input, Result> {
  readonly #options: Options
  readonly #waiting: Array<Job<Input, Result>> = []
  readonly #idle: Array<{ child: ChildProcess; ending: NodeJS.Timeout }> = []
  #running = 0

  constructor(options: Options) {
    this.#options = options
  }

  /** Throws when no process can be started. */
  run(input: Input, signal: AbortSignal): Promise<Outcome<Result>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve({ ended: 'aborted' })
      if (this.#waiting.length >= MAX_WAITING) return resolve({ ended: 'busy' })
      const job: Job<Input, Result> = {
        input,
        signal,
        end: settled(resolve),
        fail: settled(reject)
      }
      const leave = () => {
        this.#forget(job)
        job.end({ ended: 'aborted' })
      }
      signal.addEventListener('abort', leave, { once: true })
      function settled<T>(settle: (value: T) => void) {
        return (value: T) => {
          signal.removeEventListener('abort', leave)
          settle(value)
        }
      }
      this.#waiting.push(job)
      this.#next()
    })
  }

  #forget(job: Job<Input, Result>): void {
    const place = this.#waiting.indexOf(job)
    if (place >= 0) this.#waiting.splice(place, 1)
  }

  #next(): void {
    if (this.#running >= this.#options.processes) return
    const job = this.#waiting.shift()
    if (!job) return
    this.#running++
    void this.#perform(job)
      .then(job.end, job.fail)
      .finally(() => {
        this.#running--
        this.#next()
      })
  }

  async #perform(job: Job<Input, Result>): Promise<Outcome<Result>> {
    const child = this.#takeIdle() ?? startParser(this.#options.script, this.#options)
    child.ref()
    child.channel?.ref()
    const { outcome, reusable } = await converse<Input, Result>(child, job, this.#options)
    if (reusable) this.#keep(child)
    else child.kill('SIGKILL')
    return outcome
  }

  #takeIdle(): ChildProcess | undefined {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      clearTimeout(kept.ending)
      if (kept.child.connected) return kept.child
    }
  }

  #keep(child: ChildProcess): void {
    const ending = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((kept) => kept.child === child),
        1
      )
      child.kill('SIGKILL')
    }, IDLE_MS).unref()
    child.unref()
    child.channel?.unref()
    this.#idle.push({ child, ending })
  }
}

/** Sends the job and waits for the first of: its answer, the child's end, its time, the caller. */
async function converse<Input, Result>(
  child: ChildProcess,
  { input, signal }: Job<Input, Result>,
  { jobMs, memoryMb, cpuSeconds }: Options
): Promise<{ outcome: Outcome<Result>; reusable: boolean }> {
  let timer: NodeJS.Timeout | undefined
  const listening = new AbortController()
  const { signal: stopped } = listening
  try {
    return await new Promise((resolve, reject) => {
      const end = (ended: Ended) => resolve({ outcome: { ended }, reusable: false })
      const begin = () => {
        clearTimeout(timer)
        timer = setTimeout(() => end('time'), jobMs)
        child.send(input as object, (error) => {
          if (error && child.exitCode === null) end('crash')
        })
      }
      const onMessage = (message: Answer<Result> | Ready) => {
        if ('ready' in message) return begin()
        const { result, isLast, ...used } = message
        const isWorn = used.rssMb > WORN * memoryMb || used.cpuSeconds > WORN * cpuSeconds
        resolve({ outcome: { result }, reusable: !isLast && !isWorn })
      }
      const onExit = (_: number | null, killedBy: NodeJS.Signals | null) => end(causeOf(killedBy))
      child.on('message', onMessage).once('exit', onExit).once('error', reject)
      stopped.addEventListener('abort', () => {
        child.off('message', onMessage).off('exit', onExit).off('error', reject)
      })
      signal.addEventListener('abort', () => end('aborted'), { signal: stopped })
      if (warm.has(child)) return begin()
      warm.add(child)
      timer = setTimeout(() => end('time'), START_MS)
    })
  } finally {
    clearTimeout(timer)
    listening.abort()
  }
}

/** V8 ends itself by SIGABRT, SIGTRAP or SIGILL without memory; the guard and the kernel kill. */
function causeOf(killedBy: NodeJS.Signals | null): Ended {
  if (killedBy === 'SIGXCPU') return 'time'
  return killedBy === null ? 'crash' : 'memory'
}
