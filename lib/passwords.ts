import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/** Hashing is done in threads: it takes 19 MiB and a good part of a processor's second each. */
const MAX_THREADS = 2
const MAX_WAITING = 16
const IDLE_MS = 60_000
const RETRY_AFTER_SECONDS = 5

/** More passwords wait to be checked than can be in a few seconds; `retryAfter` in seconds. */
export class PasswordsBusyError extends Error {
  override name = 'PasswordsBusyError'
  readonly statusCode = 429
  readonly retryAfter = RETRY_AFTER_SECONDS
  constructor() {
    super('Many people are signing in at the moment. Try again in a few seconds.')
  }
}

type PasswordWork = { password: string; hash?: string }
interface Job {
  work: PasswordWork
  done: (answer: string | boolean) => void
  failed: (error: Error) => void
}

const waitingJobs: Job[] = []
const idle = new Map<Worker, NodeJS.Timeout>()
let running = 0

/** Whether the next password would be refused by PasswordsBusyError. */
export function passwordsAreBusy(): boolean {
  return waitingJobs.length >= MAX_WAITING
}

/**
 * argon2id as a PHC string, which names its own parameters (RFC 9106). Throws PasswordsBusyError.
 */
export async function hashPassword(password: string): Promise<string> {
  return (await inThread({ password: password.normalize('NFC') })) as string
}

let decoy: Promise<string> | undefined

/**
 * Takes the same time whether or not there is a hash to compare with, so that unknown people cannot
 * be told apart. Throws PasswordsBusyError.
 */
export async function verifyPassword(
  passwordHash: string | null | undefined,
  password: string
): Promise<boolean> {
  const hash = passwordHash ?? (await (decoy ??= newDecoy()))
  // The library throws on an empty password.
  const matches = await inThread({ password: password.normalize('NFC') || '\0', hash })
  return matches === true && typeof passwordHash === 'string'
}

/** Made again when it could not be made. */
function newDecoy(): Promise<string> {
  const made = hashPassword('nobody has this password')
  made.catch(() => {
    decoy = undefined
  })
  return made
}

function inThread(work: PasswordWork): Promise<string | boolean> {
  if (passwordsAreBusy()) throw new PasswordsBusyError()
  return new Promise((resolve, reject) => {
    waitingJobs.push({ work, done: resolve, failed: reject })
    next()
  })
}

function next(): void {
  if (running >= MAX_THREADS) return
  const job = waitingJobs.shift()
  if (!job) return
  running++
  const thread =
    takeIdle() ??
    new Worker(new URL(`./password-thread${extname(import.meta.url)}`, import.meta.url), {
      env: {}
    })
  thread.ref()
  const end = (isUsable: boolean) => {
    thread.off('message', onMessage).off('error', onError).off('exit', onExit)
    running--
    if (isUsable) keep(thread)
    else void thread.terminate()
    next()
  }
  const onMessage = (answer: string | boolean) => {
    end(true)
    job.done(answer)
  }
  const onError = (error: Error) => {
    end(false)
    job.failed(error)
  }
  const onExit = () => onError(new Error('A thread that checks passwords has ended.'))
  thread.on('message', onMessage).on('error', onError).on('exit', onExit)
  thread.postMessage(job.work)
}

function takeIdle(): Worker | undefined {
  const [thread, ending] = [...idle][0] ?? []
  if (!thread) return undefined
  idle.delete(thread)
  clearTimeout(ending)
  return thread
}

/** It does not keep the process alive. */
function keep(thread: Worker): void {
  const leave = () => {
    idle.delete(thread)
    void thread.terminate()
  }
  thread.unref()
  idle.set(thread, setTimeout(leave, IDLE_MS).unref())
}
