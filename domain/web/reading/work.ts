/** Of the text of a page. */
export const MAX_CHARACTERS = 2_000_000

/**
 * What is known of a page beside its text is as its author says; `note` is ours, on its reading.
 */
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

/** The page cannot be read; the message says why and what to do. */
export class UnreadablePageError extends Error {
  override name = 'UnreadablePageError'
}
