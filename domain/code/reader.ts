import { extname } from 'node:path'
import { type JobEnding, ParserProcesses } from '../parsing/processes.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { FileReading, SourceReading, SourceFile } from './reading.ts'

/** How long one file may take, without the time that it waits for its turn. */
const FILE_MS = 15_000
const MEMORY_MB = 512
const CPU_SECONDS = 600

/** Reads files in one child process, one after the other, each call waiting for its turn. */
export class SourceReader {
  readonly #processes: ParserProcesses<SourceFile, FileReading>

  /** `script`: what the child runs. `jobMs`: how long one file may take. */
  constructor(script: URL, jobMs: number) {
    const processLimits = { memoryMb: MEMORY_MB, cpuSeconds: CPU_SECONDS }
    this.#processes = new ParserProcesses({ script, jobMs, processes: 1, ...processLimits })
  }

  /**
   * undefined when the file took too long or ended the child, and when the signal was aborted.
   * Throws ToolError when too many wait, another error when no process can be started.
   */
  async read(file: SourceFile, signal: AbortSignal): Promise<SourceReading | undefined> {
    const jobOutcome = await this.#processes.run(file, signal)
    if ('result' in jobOutcome) return jobOutcome.result.reading
    return withoutResult(jobOutcome.ended)
  }
}

function withoutResult(ended: JobEnding): undefined {
  if (ended !== 'busy') return
  throw new ToolError('Too many files are being read at the moment. Call again in some seconds.')
}

const childScript = new URL(`./parser-child${extname(import.meta.url)}`, import.meta.url)
const sharedReader = new SourceReader(childScript, FILE_MS)

/** Reads a file in the one child of this process that parses source code, as `Reader` says. */
export function readSource(
  file: SourceFile,
  signal: AbortSignal
): Promise<SourceReading | undefined> {
  return sharedReader.read(file, signal)
}
