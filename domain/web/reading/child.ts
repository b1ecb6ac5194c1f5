import { serveJobs } from '../../parsing/serve.ts'
import { MAX_CHARACTERS, type Reading, type Work } from './work.ts'

/** What libraries throw when a page has used up the stack or the memory that they may have. */
const EXHAUSTED = /call stack|allocation failed|out of memory|invalid (?:array|string) length/i

serveJobs(readPage)

async function readPage({ kind, source, url, selector }: Work): Promise<Reading> {
  try {
    const page =
      kind === 'pdf'
        ? await (await import('./pdf.ts')).readPdf(new Uint8Array(source as Uint8Array))
        : (await import('./html.ts')).readHtml(source as string, url, selector)
    return { page: { ...page, text: page.text.slice(0, MAX_CHARACTERS) } }
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'Unreadable') return { problem: message }
    if (EXHAUSTED.test(message)) {
      return {
        problem: 'The page is too large or too deep to be read here. Look for the same elsewhere.'
      }
    }
    return { problem: `The page cannot be read (${name.slice(0, 60)}: ${message.slice(0, 200)}).` }
  }
}
