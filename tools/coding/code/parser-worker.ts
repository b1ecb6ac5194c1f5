import { parentPort } from 'node:worker_threads'
import { read, type SourceFile } from './reading.ts'

/** Reads one file after the other. After one that broke the parser it ends, and another thread takes its place. */
parentPort!.on('message', (file: SourceFile) => { void answer(file) })

async function answer (file: SourceFile): Promise<void> {
  const { reading, died } = await read(file)
  parentPort!.postMessage({ reading, died })
}
