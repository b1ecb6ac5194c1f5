import { workerData } from 'node:worker_threads'

const LOOK_EVERY_MS = 50
const { memoryMb, parent } = workerData as { memoryMb: number; parent: number }

/**
 * A thread beside the parser, which may be stuck in a loop. Ends the process when it uses too much
 * memory, or when the service has ended. Works on every operating system.
 */
setInterval(() => {
  const isTooLarge = process.memoryUsage.rss() > memoryMb * 2 ** 20
  if (isTooLarge || parentIsGone()) process.kill(process.pid, 'SIGKILL')
}, LOOK_EVERY_MS)

function parentIsGone(): boolean {
  if (process.ppid !== parent) return true
  try {
    return !process.kill(parent, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
