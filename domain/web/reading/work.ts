/** The limit for the text of a page. */
export const MAX_CHARACTERS = 2_000_000

/** The facts beside the text come from the author; `note` is this server's note on the reading. */
export interface ReadablePage {
  text: string
  title?: string
  byline?: string
  published?: string
  note?: string
}

export interface PageWork {
  kind: 'html' | 'pdf'
  source: string | Uint8Array
  url: string
  selector: string | undefined
}
export type PageReading = { page: ReadablePage } | { problem: string }

/** The page is unreadable; the message says why and what to do. */
export class UnreadablePageError extends Error {
  override name = 'UnreadablePageError'
}
