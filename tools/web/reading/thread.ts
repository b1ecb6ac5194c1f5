import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { withDeadline } from '../../deadline.ts'
import type { Outcome, Work } from './work.ts'

const TIMEOUT_MS = 10_000
const MEMORY_MB = 256
/** How long a thread with nothing to do is kept, since starting one takes longer than most pages. */
const IDLE_MS = 30_000

const idle: Array<{ worker: Worker, ending: NodeJS.Timeout }> = []

/** Has the work done in a thread. One that takes too long, or too much memory, is ended; what comes when its time is over already is not begun. */
export async function inThread (work: Work, signal: AbortSignal): Promise<Outcome> {
  return withDeadline(TIMEOUT_MS, [signal], async (limit) => {
    const outcome = limit.aborted ? undefined : await outcomeOf(work, limit)
    return outcome ?? { problem: `The page ${limit.aborted ? 'takes too long' : 'is too large or too deep'} to be read here. Look for the same elsewhere.` }
  })
}

/** undefined when the thread has ended, or has to. */
async function outcomeOf (work: Work, limit: AbortSignal): Promise<Outcome | undefined> {
  const worker = freeWorker()
  let gone = () => {}
  const outcome = await new Promise<Outcome | undefined>((resolve) => {
    gone = () => resolve(undefined)
    worker.once('message', resolve).once('exit', gone)
    limit.addEventListener('abort', gone, { once: true })
    worker.postMessage(work, work.source instanceof Uint8Array ? [work.source.buffer as ArrayBuffer] : [])
  })
  worker.off('exit', gone)
  if (outcome) keep(worker)
  else void worker.terminate()
  return outcome
}

function freeWorker (): Worker {
  for (let kept = idle.pop(); kept; kept = idle.pop()) {
    clearTimeout(kept.ending)
    if (kept.worker.threadId === -1) continue // it has died meanwhile
    kept.worker.ref()
    return kept.worker
  }
  const resourceLimits = { maxOldGenerationSizeMb: MEMORY_MB, maxYoungGenerationSizeMb: 64 }
  return new Worker(new URL(`./worker${extname(import.meta.url)}`, import.meta.url), { env: {}, resourceLimits }).on('error', () => {}) // its exit follows
}

/** It does not keep the process alive. */
function keep (worker: Worker): void {
  const entry = { worker, ending: setTimeout(leave, IDLE_MS).unref() }
  function leave (): void {
    idle.splice(idle.indexOf(entry), 1)
    void worker.terminate()
  }
  worker.unref()
  idle.push(entry)
}
