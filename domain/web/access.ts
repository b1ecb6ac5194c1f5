/** What a tool may need from the web. Tools need a configured provider. `pages`: any web page. */
export const webProviders = ['pages', 'brave', 'arxiv', 'youtube'] as const
export type WebProvider = (typeof webProviders)[number]

export interface WebRequest {
  /** Accepted media types. */
  types: readonly string[]
  /** Limit of the body after decompression. */
  maxBytes: number
  signal: AbortSignal
}

export interface WebAnswer {
  /** The address of the last answer, after redirects. */
  url: string
  status: number
  /** In lower case, without parameters; empty if the answer has none. */
  type: string
  charset: string | undefined
  body: Buffer
}

/**
 * Web access for tools. Every request goes through the guarded fetcher: at most one a second for
 * each host and user. Throws ToolError.
 */
export interface WebAccess {
  /** The configured providers. */
  providers: ReadonlySet<WebProvider>
  /** Requests of one user per day. */
  quota: Record<WebProvider, number>
  /**
   * GET of any page that the operator's lists and the site's robots.txt allow. Follows redirects;
   * the status is always 200.
   */
  readPage: (userId: string, url: string, request: WebRequest) => Promise<WebAnswer>
  /** GET at a provider, with the operator's key if it has one. No redirects; any status. */
  ask: (
    userId: string,
    provider: Exclude<WebProvider, 'pages'>,
    pathAndQuery: string,
    request: WebRequest
  ) => Promise<WebAnswer>
}
