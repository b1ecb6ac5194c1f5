import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Hashing runs in threads: each hash takes 19 MiB and a large part of a second of CPU time. */
const MAX_THREADS = 2
const MAX_WAITING = 16
const IDLE_MS = 60_000
const RETRY_AFTER_SECONDS = 5

/** The queue of passwords is full; `retryAfter` in seconds. */
export class PasswordsBusyError extends Error {
  override name = 'PasswordsBusyError'
  readonly statusCode = 429
  readonly retryAfter = RETRY_AFTER_SECONDS
  constructor() {
    super('Many people are signing in at the moment. Try again in a few seconds.')
  }
}

type PasswordWork = { password: string; hash?: string }
interface PasswordJob {
  work: PasswordWork
  done: (answer: string | boolean) => void
  failed: (error: Error) => void
}

const waitingJobs: PasswordJob[] = []
const idleThreads = new Map<Worker, NodeJS.Timeout>()
let runningJobs = 0

/** Whether the next password would fail with PasswordsBusyError. */
export function passwordsAreBusy(): boolean {
  return waitingJobs.length >= MAX_WAITING
}

/** Hashes with argon2id (RFC 9106) to a PHC string. Throws PasswordsBusyError. */
export async function hashPassword(password: string): Promise<string> {
  return (await runInThread({ password: password.normalize('NFC') })) as string
}

let decoyHash: Promise<string> | undefined

/**
 * Takes the same time with and without a stored hash, so that attackers cannot find out which users
 * exist. Throws PasswordsBusyError.
 */
export async function verifyPassword(
  passwordHash: string | null | undefined,
  password: string
): Promise<boolean> {
  const comparedHash = passwordHash ?? (await (decoyHash ??= createDecoyHash()))
  // The library throws on an empty password.
  const isMatch = await runInThread({
    password: password.normalize('NFC') || '\0',
    hash: comparedHash
  })
  return isMatch === true && typeof passwordHash === 'string'
}

/** If it fails, the next call creates it again. */
function createDecoyHash(): Promise<string> {
  const pendingHash = hashPassword('nobody has this password')
  pendingHash.catch(() => {
    decoyHash = undefined
  })
  return pendingHash
}

function runInThread(work: PasswordWork): Promise<string | boolean> {
  if (passwordsAreBusy()) throw new PasswordsBusyError()
  return new Promise((resolve, reject) => {
    waitingJobs.push({ work, done: resolve, failed: reject })
    startNextJob()
  })
}

function startNextJob(): void {
  if (runningJobs >= MAX_THREADS) return
  const nextJob = waitingJobs.shift()
  if (!nextJob) return
  runningJobs++
  const workerThread =
    takeIdle() ??
    new Worker(new URL(`./password-thread${extname(import.meta.url)}`, import.meta.url), {
      env: {}
    })
  workerThread.ref()
  const endJob = (isUsable: boolean) => {
    workerThread.off('message', onMessage).off('error', onError).off('exit', onExit)
    runningJobs--
    if (isUsable) keepIdle(workerThread)
    else void workerThread.terminate()
    startNextJob()
  }
  const onMessage = (answer: string | boolean) => {
    endJob(true)
    nextJob.done(answer)
  }
  const onError = (error: Error) => {
    endJob(false)
    nextJob.failed(error)
  }
  const onExit = () => onError(new Error('The thread that checks passwords ended unexpectedly.'))
  workerThread.on('message', onMessage).on('error', onError).on('exit', onExit)
  workerThread.postMessage(nextJob.work)
}

function takeIdle(): Worker | undefined {
  const [thread, ending] = [...idleThreads][0] ?? []
  if (!thread) return undefined
  idleThreads.delete(thread)
  clearTimeout(ending)
  return thread
}

/** Keeps a thread for the next job. An idle thread does not keep the process alive. */
function keepIdle(thread: Worker): void {
  const endThread = () => {
    idleThreads.delete(thread)
    void thread.terminate()
  }
  thread.unref()
  idleThreads.set(thread, setTimeout(endThread, IDLE_MS).unref())
}
