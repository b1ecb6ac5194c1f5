import { parentPort } from 'node:worker_threads'
import { MOST_CHARACTERS, type Outcome, type Work } from './work.ts'

parentPort!.on('message', async (work: Work) => parentPort!.postMessage(await done(work)))

async function done ({ kind, source, url, selector }: Work): Promise<Outcome> {
  try {
    const page = kind === 'pdf'
      ? await (await import('./pdf.ts')).readPdf(source as Uint8Array)
      : (await import('./html.ts')).readHtml(source as string, url, selector)
    return { page: { ...page, text: page.text.slice(0, MOST_CHARACTERS) } }
  } catch (error) {
    const { name, message } = error as Error
    return { problem: name === 'Unreadable' ? message : `The page cannot be read (${name.slice(0, 60)}: ${message.slice(0, 200)}).` }
  }
}
