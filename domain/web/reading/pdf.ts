import { extractText, getDocumentProxy, getMeta } from 'unpdf'
import { refuseInflated } from './pdf-budget.ts'
import type { Readable } from './work.ts'

/** The text of a PDF, page after page. */
export async function readPdf(body: Uint8Array): Promise<Readable> {
  refuseInflated(body)
  const document = await getDocumentProxy(body, { verbosity: 0 })
  const { text } = await extractText(document, { mergePages: false })
  const { info } = await getMeta(document).catch(() => ({ info: {} as Record<string, unknown> }))
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
