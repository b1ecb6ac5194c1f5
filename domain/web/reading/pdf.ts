import { extractText, getDocumentProxy, getMeta } from 'unpdf'
import { refuseInflatedPdf } from './pdf-budget.ts'
import type { ReadablePage } from './work.ts'

/** The text of a PDF, page by page. Throws UnreadablePageError. */
export async function readPdf(body: Uint8Array): Promise<ReadablePage> {
  refuseInflatedPdf(body)
  const pdfDocument = await getDocumentProxy(body, { verbosity: 0 })
  const { text } = await extractText(pdfDocument, { mergePages: false })
  const { info } = await getMeta(pdfDocument).catch(() => ({ info: {} as Record<string, unknown> }))
  const [title, byline] = ['Title', 'Author'].map((name) => String(info[name] ?? '').trim())
  return {
    ...(title && { title }),
    ...(byline && { byline }),
    text: text
      .map((page) => page.trim())
      .filter(Boolean)
      .join('\n\n')
  }
}
