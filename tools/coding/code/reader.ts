import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Reading, SourceFile } from './reading.ts'

/** How long one file may take, waiting for its turn not counted; the thread is ended then. */
const MOST_MS = 15_000
/** A thread that nobody needs for so long is ended, which gives back its memory. */
const IDLE_MS = 60_000
const MEMORY_MB = 256

interface Job { file: SourceFile, signal: AbortSignal, done: (reading: Reading | undefined) => void }

const waiting: Job[] = []
let worker: Worker | undefined
let current: Job | undefined
let timer: NodeJS.Timeout | undefined

/**
 * Reads a file in the one thread that parses, each call waiting its turn; undefined when it could not be read, for it took too long or ended the thread,
 * or when the signal was aborted before its turn.
 */
export function readSource (file: SourceFile, signal: AbortSignal): Promise<Reading | undefined> {
  return new Promise((resolve) => {
    waiting.push({ file, signal, done: resolve })
    next()
  })
}

function next (): void {
  if (current) return
  const job = waiting.shift()
  if (!job) {
    worker?.unref()
    return rest(IDLE_MS)
  }
  if (job.signal.aborted) {
    job.done(undefined)
    return next()
  }
  current = job
  worker ??= start()
  worker.ref()
  rest(MOST_MS)
  worker.postMessage(job.file)
}

/** Ends the thread after so long, whatever it does. */
function rest (ms: number): void {
  clearTimeout(timer)
  timer = worker && setTimeout(() => end(), ms)
  timer?.unref()
}

function start (): Worker {
  const thread = new Worker(new URL(`./parser-worker${extname(import.meta.url)}`, import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB } })
  thread.on('message', ({ reading, died }: { reading: Reading, died: boolean }) => { if (thread === worker) finish(reading, died) })
  thread.on('error', () => { if (thread === worker) finish(undefined, true) })
  thread.on('exit', () => { if (thread === worker) finish(undefined, true) })
  return thread
}

function finish (reading: Reading | undefined, died: boolean): void {
  if (died) end(reading)
  else settle(reading)
}

function end (reading?: Reading): void {
  const thread = worker
  worker = undefined
  clearTimeout(timer)
  void thread?.terminate()
  settle(reading)
}

function settle (reading: Reading | undefined): void {
  const job = current
  current = undefined
  job?.done(reading)
  if (job || waiting.length > 0) next()
}
