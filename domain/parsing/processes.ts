import type { ChildProcess } from 'node:child_process'
import { type ParserLimits, startParser } from './start.ts'

/** Why a job has no result. `busy`: the queue was full, so the job did not start. */
export type JobEnding = 'time' | 'memory' | 'crash' | 'aborted' | 'busy'
export type JobOutcome<Result> = { result: Result } | { ended: JobEnding }

/** The message of a child after each job. `isLast`: it cannot run another. */
export interface ChildAnswer<Result> {
  result: Result
  isLast: boolean
  rssMb: number
  cpuSeconds: number
}

export interface ParserOptions extends ParserLimits {
  /** The module that the child runs; it calls `serveJobs`. */
  script: URL
  /** Children in parallel; each runs one job at a time. */
  processes: number
  /** Time limit of one job, without its time in the queue. */
  jobMs: number
}

/** The message of a child when it is ready for its first job. */
export interface ChildReady {
  ready: true
}

interface ParserJob<Input, Result> {
  input: Input
  signal: AbortSignal
  end: (outcome: JobOutcome<Result>) => void
  fail: (error: unknown) => void
}

/** Time limit for the start of a child; generous, for overloaded machines. */
const START_MS = 30_000
/** An idle child ends after this time, to free its memory. */
const IDLE_MS = 3 * 60_000
const MAX_WAITING = 100
/** A child above this share of a limit is replaced after its job. */
const WORN_SHARE = 0.6

/** Children that already received a job. */
const warmChildren = new WeakSet<ChildProcess>()

/**
 * Runs jobs on untrusted input in child processes with operating system limits. A failing child
 * loses only its own job. Children start on demand, stay warm for the next job, and never keep this
 * process alive.
 */
export class ParserProcesses<Input, Result> {
  readonly #options: ParserOptions
  readonly #waiting: Array<ParserJob<Input, Result>> = []
  readonly #idle: Array<{ child: ChildProcess; ending: NodeJS.Timeout }> = []
  #running = 0

  constructor(options: ParserOptions) {
    this.#options = options
  }

  /** Runs a job when a child is free. Throws Error when no process can start. */
  run(input: Input, signal: AbortSignal): Promise<JobOutcome<Result>> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return resolve({ ended: 'aborted' })
      if (this.#waiting.length >= MAX_WAITING) return resolve({ ended: 'busy' })
      const newJob: ParserJob<Input, Result> = {
        input,
        signal,
        end: settled(resolve),
        fail: settled(reject)
      }
      const abortJob = () => {
        this.#forget(newJob)
        newJob.end({ ended: 'aborted' })
      }
      signal.addEventListener('abort', abortJob, { once: true })
      function settled<T>(settle: (value: T) => void) {
        return (value: T) => {
          signal.removeEventListener('abort', abortJob)
          settle(value)
        }
      }
      this.#waiting.push(newJob)
      this.#next()
    })
  }

  #forget(job: ParserJob<Input, Result>): void {
    const queueIndex = this.#waiting.indexOf(job)
    if (queueIndex >= 0) this.#waiting.splice(queueIndex, 1)
  }

  #next(): void {
    if (this.#running >= this.#options.processes) return
    const nextJob = this.#waiting.shift()
    if (!nextJob) return
    this.#running++
    void this.#perform(nextJob)
      .then(nextJob.end, nextJob.fail)
      .finally(() => {
        this.#running--
        this.#next()
      })
  }

  async #perform(job: ParserJob<Input, Result>): Promise<JobOutcome<Result>> {
    const parserChild = this.#takeIdle() ?? startParser(this.#options.script, this.#options)
    parserChild.ref()
    parserChild.channel?.ref()
    const { outcome, reusable } = await performJob<Input, Result>(parserChild, job, this.#options)
    if (reusable) this.#keep(parserChild)
    else parserChild.kill('SIGKILL')
    return outcome
  }

  #takeIdle(): ChildProcess | undefined {
    for (let kept = this.#idle.pop(); kept; kept = this.#idle.pop()) {
      clearTimeout(kept.ending)
      if (kept.child.connected) return kept.child
    }
  }

  #keep(child: ChildProcess): void {
    const idleTimer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((kept) => kept.child === child),
        1
      )
      child.kill('SIGKILL')
    }, IDLE_MS).unref()
    child.unref()
    child.channel?.unref()
    this.#idle.push({ child, ending: idleTimer })
  }
}

/** Sends the job and waits for its answer, the child's end, the time limit, or an abort. */
async function performJob<Input, Result>(
  child: ChildProcess,
  { input, signal }: ParserJob<Input, Result>,
  { jobMs, memoryMb, cpuSeconds }: ParserOptions
): Promise<{ outcome: JobOutcome<Result>; reusable: boolean }> {
  let jobTimer: NodeJS.Timeout | undefined
  const listening = new AbortController()
  const { signal: stopped } = listening
  try {
    return await new Promise((resolve, reject) => {
      const endJob = (ended: JobEnding) => resolve({ outcome: { ended }, reusable: false })
      const beginJob = () => {
        clearTimeout(jobTimer)
        jobTimer = setTimeout(() => endJob('time'), jobMs)
        child.send(input as object, (error) => {
          if (error && child.exitCode === null) endJob('crash')
        })
      }
      const onMessage = (message: ChildAnswer<Result> | ChildReady) => {
        if ('ready' in message) return beginJob()
        const { result, isLast, ...used } = message
        const isWorn =
          used.rssMb > WORN_SHARE * memoryMb || used.cpuSeconds > WORN_SHARE * cpuSeconds
        resolve({ outcome: { result }, reusable: !isLast && !isWorn })
      }
      const onExit = (_: number | null, killedBy: NodeJS.Signals | null) =>
        endJob(endingOfSignal(killedBy))
      child.on('message', onMessage).once('exit', onExit).once('error', reject)
      stopped.addEventListener('abort', () => {
        child.off('message', onMessage).off('exit', onExit).off('error', reject)
      })
      signal.addEventListener('abort', () => endJob('aborted'), { signal: stopped })
      if (warmChildren.has(child)) return beginJob()
      warmChildren.add(child)
      jobTimer = setTimeout(() => endJob('time'), START_MS)
    })
  } finally {
    clearTimeout(jobTimer)
    listening.abort()
  }
}

/** Without memory V8 ends by SIGABRT, SIGTRAP or SIGILL; the guard and the kernel use SIGKILL. */
function endingOfSignal(killedBy: NodeJS.Signals | null): JobEnding {
  if (killedBy === 'SIGXCPU') return 'time'
  return killedBy === null ? 'crash' : 'memory'
}
