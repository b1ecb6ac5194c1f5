/**
 * What a tool may need of the outside; those that are not set up have no tools. `pages`: any page
 * of the web.
 */
export const webProviders = ['pages', 'brave', 'arxiv', 'youtube'] as const
export type WebProvider = (typeof webProviders)[number]

export interface WebRequest {
  /** Media types that are read. */
  types: readonly string[]
  /** Of the body, after decompression. */
  maxBytes: number
  signal: AbortSignal
}

export interface WebAnswer {
  /** Of the last answer, after redirects. */
  url: string
  status: number
  /** In lower case, without parameters; empty when none was stated. */
  type: string
  charset: string | undefined
  body: Buffer
}

/**
 * The way out, as tools get it. Everything goes through the guarded fetcher, at most one request in
 * a second for each host and person. Throws ToolError.
 */
export interface WebAccess {
  /** What is set up here. */
  providers: ReadonlySet<WebProvider>
  /** Requests of one person in a day. */
  quota: Record<WebProvider, number>
  /**
   * GET of a page that somebody named: allowed by the operator's lists and by the site's
   * robots.txt, redirects followed. The status is 200.
   */
  readPage: (userId: string, url: string, request: WebRequest) => Promise<WebAnswer>
  /**
   * GET at a provider's own address, with the operator's key where it has one. No redirects; any
   * status.
   */
  ask: (
    userId: string,
    provider: Exclude<WebProvider, 'pages'>,
    pathAndQuery: string,
    request: WebRequest
  ) => Promise<WebAnswer>
}
