import type { SourceReading, SourceFile } from '../../../domain/code/reading.ts'
import { serveJobs } from '../../../domain/parsing/serve.ts'

const reading: SourceReading = {
  parsed: true,
  lines: 1,
  symbols: [],
  imports: [],
  provides: [],
  pieces: [],
  postings: []
}
const kept: Buffer[] = []

/**
 * In place of the child that parses: one that never comes to the end of some files, or breaks at
 * them, as a parser might on input that nobody has thought of.
 */
serveJobs(async ({ content }: SourceFile) => {
  if (content === 'for ever') for (;;); // nothing that it could be asked to stop by
  if (content === 'memory') for (;;) kept.push(Buffer.alloc(2 ** 20, 1))
  if (content === 'abort') process.abort()
  if (content === 'crash') throw new Error('crash')
  if (content === 'exit') process.exit(1)
  return { reading, isLast: content === 'last' }
})
