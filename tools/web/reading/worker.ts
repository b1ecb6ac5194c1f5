import { parentPort, workerData } from 'node:worker_threads'
import type { Outcome, Work } from './index.ts'

const MOST_CHARACTERS = 2_000_000

const { kind, source, url, selector } = workerData as Work

try {
  const page = kind === 'pdf'
    ? await (await import('./pdf.ts')).readPdf(source as Uint8Array)
    : (await import('./html.ts')).readHtml(source as string, url, selector)
  answer({ page: { ...page, text: page.text.slice(0, MOST_CHARACTERS) } })
} catch (error) {
  const { name, message } = error as Error
  answer({ problem: name === 'Unreadable' ? message : `The page cannot be read (${name.slice(0, 60)}: ${message.slice(0, 200)}).` })
}

function answer (outcome: Outcome): void {
  parentPort!.postMessage(outcome)
}
