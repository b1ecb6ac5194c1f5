import { serveJobs } from '../../parsing/serve.ts'
import { MAX_CHARACTERS, type PageReading, type PageWork } from './work.ts'

/** Messages of libraries that ran out of stack or memory. */
const EXHAUSTION_MESSAGE =
  /call stack|allocation failed|out of memory|invalid (?:array|string) length/i

serveJobs(readPage)

async function readPage({ kind, source, url, selector }: PageWork): Promise<PageReading> {
  try {
    const parsedPage =
      kind === 'pdf'
        ? await (await import('./pdf.ts')).readPdf(new Uint8Array(source as Uint8Array))
        : (await import('./html.ts')).readHtml(source as string, url, selector)
    return { page: { ...parsedPage, text: parsedPage.text.slice(0, MAX_CHARACTERS) } }
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'UnreadablePageError') return { problem: message }
    if (EXHAUSTION_MESSAGE.test(message)) {
      return {
        problem: 'The page is too large or too deep. Look for the same elsewhere.'
      }
    }
    return { problem: `The page cannot be read (${name.slice(0, 60)}: ${message.slice(0, 200)}).` }
  }
}
