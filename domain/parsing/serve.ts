import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ChildAnswer, ChildReady } from './processes.ts'

/**
 * Makes this process a child of `ParserProcesses`: it runs jobs one by one until its parent ends. A
 * result with `isLast: true` means that it cannot run another. If `work` throws, the process ends.
 */
export function serveJobs<Input, Result>(work: (input: Input) => Promise<Result>): void {
  const memoryMb = Number(process.argv[2])
  const guardModule = new URL(`./guard${extname(import.meta.url)}`, import.meta.url)
  new Worker(guardModule, { workerData: { memoryMb, parent: process.ppid } }).unref()
  process.on('disconnect', () => process.exit())
  process.on('message', (input: Input) => {
    void work(input).then((result) => {
      const { user, system } = process.cpuUsage()
      const jobAnswer: ChildAnswer<Result> = {
        result,
        isLast: (result as { isLast?: boolean }).isLast === true,
        rssMb: process.memoryUsage.rss() / 2 ** 20,
        cpuSeconds: (user + system) / 1e6
      }
      process.send!(jobAnswer)
    })
  })
  process.send!({ ready: true } satisfies ChildReady)
}
