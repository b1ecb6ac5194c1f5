import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Reading, SourceFile } from './reading.ts'

/** How long one file may take, waiting for its turn not counted; the thread is ended then. */
const MOST_MS = 15_000
/** A thread that nobody needs for so long is ended, which gives back its memory. */
const IDLE_MS = 60_000
const MEMORY_MB = 256

interface Job { file: SourceFile, signal: AbortSignal, done: (reading: Reading | undefined) => void, failed: (error: unknown) => void }

/** Reads files in one thread, one after the other, each call waiting its turn. A thread that ends, or has to be ended, costs the file that it was at, and another takes its place. */
export class Reader {
  readonly #script: URL
  readonly #mostMs: number
  readonly #waiting: Job[] = []
  #worker: Worker | undefined
  #current: Job | undefined
  #timer: NodeJS.Timeout | undefined

  /** `script`: what the thread runs. `mostMs`: how long one file may take. */
  constructor (script: URL, mostMs: number) {
    this.#script = script
    this.#mostMs = mostMs
  }

  /** undefined when it could not be read, for it took too long or ended the thread, or when the signal was aborted before its turn. Throws when no thread can be started. */
  read (file: SourceFile, signal: AbortSignal): Promise<Reading | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ file, signal, done: resolve, failed: reject })
      this.#next()
    })
  }

  #next (): void {
    if (this.#current) return
    const job = this.#waiting.shift()
    if (!job) {
      this.#worker?.unref()
      return this.#rest(IDLE_MS)
    }
    if (job.signal.aborted) {
      job.done(undefined)
      return this.#next()
    }
    try {
      this.#worker ??= this.#start()
    } catch (error) {
      job.failed(error)
      return this.#next()
    }
    this.#current = job
    this.#worker.ref()
    this.#rest(this.#mostMs)
    this.#worker.postMessage(job.file)
  }

  /** Ends the thread after so long, whatever it does. */
  #rest (ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = this.#worker && setTimeout(() => this.#end(), ms)
    this.#timer?.unref()
  }

  #start (): Worker {
    const thread = new Worker(this.#script, { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } })
    const finish = (reading: Reading | undefined, died: boolean) => {
      if (thread !== this.#worker) return
      if (died) this.#end(reading)
      else this.#settle(reading)
    }
    thread.on('message', ({ reading, died }: { reading: Reading, died: boolean }) => finish(reading, died))
    thread.on('error', () => finish(undefined, true))
    thread.on('exit', () => finish(undefined, true))
    return thread
  }

  #end (reading?: Reading): void {
    const thread = this.#worker
    this.#worker = undefined
    clearTimeout(this.#timer)
    void thread?.terminate()
    this.#settle(reading)
  }

  #settle (reading: Reading | undefined): void {
    const job = this.#current
    this.#current = undefined
    job?.done(reading)
    if (job || this.#waiting.length > 0) this.#next()
  }
}

const reader = new Reader(new URL(`./parser-worker${extname(import.meta.url)}`, import.meta.url), MOST_MS)

/** Reads a file in the one thread of this process that parses; undefined as Reader says. */
export function readSource (file: SourceFile, signal: AbortSignal): Promise<Reading | undefined> {
  return reader.read(file, signal)
}
