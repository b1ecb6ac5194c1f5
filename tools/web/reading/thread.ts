import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { withDeadline } from '../../deadline.ts'
import type { Outcome, Work } from './work.ts'

const TIMEOUT_MS = 10_000
const MEMORY_MB = 256
/** How long a thread with nothing to do is kept, since starting one takes longer than most pages. */
const IDLE_MS = 30_000

const idle: Array<{ worker: Worker, ending: NodeJS.Timeout }> = []

/** Has the work done in a thread. One that takes too long, or too much memory, is ended. */
export async function inThread (work: Work, signal: AbortSignal): Promise<Outcome> {
  const worker = freeWorker()
  let gone = () => {}
  let late = false
  const outcome = await withDeadline(TIMEOUT_MS, [signal], (limit) => new Promise<Outcome | undefined>((resolve) => {
    gone = () => resolve(undefined)
    worker.once('message', resolve).once('exit', gone)
    limit.addEventListener('abort', () => { late = true; resolve(undefined) }, { once: true })
    worker.postMessage(work, work.source instanceof Uint8Array ? [work.source.buffer as ArrayBuffer] : [])
  }))
  worker.off('exit', gone)
  if (outcome) keep(worker)
  else void worker.terminate()
  return outcome ?? { problem: `The page ${late ? 'takes too long' : 'is too large or too deep'} to be read here. Look for the same elsewhere.` }
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
