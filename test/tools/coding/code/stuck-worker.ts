import { parentPort } from 'node:worker_threads'
import type { Reading, SourceFile } from '../../../../tools/coding/code/reading.ts'

const reading: Reading = { parsed: true, lines: 1, symbols: [], imports: [], provides: [], pieces: [], postings: [] }

/** In place of the thread that parses: one that never comes to the end of some files, or breaks at them, as a parser might on input that nobody has thought of. */
parentPort!.on('message', ({ content }: SourceFile) => {
  if (content === 'for ever') for (;;); // nothing that it could be asked to stop by
  if (content === 'crash') throw new Error('crash')
  if (content === 'exit') process.exit(1)
  parentPort!.postMessage({ reading, died: content === 'last' })
})
