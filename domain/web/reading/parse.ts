import { extname } from 'node:path'
import { type Ended, ParserProcesses } from '../../parsing/processes.ts'
import type { Reading, Work } from './work.ts'

const SECONDS = 10
const MEMORY_MB = 256
const CPU_SECONDS = 60

const pages = new ParserProcesses<Work, Reading>({
  script: new URL(`./child${extname(import.meta.url)}`, import.meta.url),
  processes: 2,
  jobMs: SECONDS * 1000,
  memoryMb: MEMORY_MB,
  cpuSeconds: CPU_SECONDS
})

const late = 'The page takes too long to be read here'
const problems: Record<Ended, string> = {
  time: `${late}: its parser was ended after ${SECONDS} seconds. Look for the same elsewhere.`,
  memory: `The page is too large or too deep to be read here: its parser was ended at ${MEMORY_MB} MB of memory. Look for the same elsewhere.`,
  crash: 'The page cannot be read: its parser broke. Look for the same elsewhere.',
  aborted: `${late}. Look for the same elsewhere.`,
  busy: 'Too many pages are being read at the moment. Call again in some seconds.'
}

/** Parses a page or PDF in a child process. Whatever the page does to it, this returns in words. */
export async function parsePage(work: Work, signal: AbortSignal): Promise<Reading> {
  const outcome = await pages.run(work, signal)
  return 'result' in outcome ? outcome.result : { problem: problems[outcome.ended] }
}
