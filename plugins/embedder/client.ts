/**
 * The embedding server does not answer, or not with vectors; the message says what it did instead,
 * `said` what it wrote.
 */
export class EmbeddingsUnavailable extends Error {
  readonly said: string | undefined
  /** The server is there, but does not take these texts. */
  readonly refused: boolean
  constructor(
    message: string,
    { refused = false, said }: { refused?: boolean; said?: string } = {}
  ) {
    super(message)
    this.refused = refused
    this.said = said
  }
}

export interface EmbeddingClient {
  /**
   * One vector of unit length for each text, all of one dimension. Throws EmbeddingsUnavailable.
   */
  embed: (model: string, texts: readonly string[], signal: AbortSignal) => Promise<number[][]>
}

/** Statuses by which a server says that a text is too long or otherwise not to its liking. */
const REFUSALS = [400, 413, 422]

/**
 * A client of the embeddings interface that OpenAI defined (POST /v1/embeddings). `url` is that of
 * the server, of its interface (https://host/v1), or of the endpoint itself. Redirects are not
 * followed: what is sent goes to the address that was set.
 */
export function embeddingClient({
  url,
  apiKey
}: {
  url: string
  apiKey?: string | undefined
}): EmbeddingClient {
  const endpoint = endpointOf(url)
  const headers = {
    'content-type': 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` })
  }
  return {
    async embed(model, texts, signal) {
      const body = JSON.stringify({ model, input: texts })
      return vectorsOf(
        await ask(endpoint, { method: 'POST', headers, signal, redirect: 'error', body }, apiKey),
        texts.length
      )
    }
  }
}

/** An address without a path is that of a server, whose interface is at /v1. */
export function endpointOf(url: string): string {
  const base = url.replace(/\/+$/, '')
  if (base.endsWith('/embeddings')) return base
  return new URL(base).pathname === '/' ? `${base}/v1/embeddings` : `${base}/embeddings`
}

async function ask(endpoint: string, init: RequestInit, apiKey = ''): Promise<unknown> {
  let answer: Response
  let text: string
  try {
    answer = await fetch(endpoint, init)
    text = await answer.text()
  } catch (error) {
    const { name, message, cause } = error as Error & {
      cause?: { code?: string; message?: string }
    }
    throw new EmbeddingsUnavailable(
      name === 'TimeoutError'
        ? 'the embedding server did not answer in time'
        : `the embedding server cannot be reached (${cause?.code ?? cause?.message ?? message})`
    )
  }
  if (!answer.ok) {
    const said = text.slice(0, 300)
    throw new EmbeddingsUnavailable(`the embedding server answered ${answer.status}`, {
      refused: REFUSALS.includes(answer.status),
      said: apiKey === '' ? said : said.replaceAll(apiKey, '***')
    })
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new EmbeddingsUnavailable('the embedding server did not answer with JSON')
  }
}

function vectorsOf(answer: unknown, count: number): number[][] {
  const { data } = (answer ?? {}) as {
    data?: Array<{ index?: number; embedding?: unknown } | null>
  }
  if (!Array.isArray(data) || data.length !== count) {
    throw new EmbeddingsUnavailable(
      'the embedding server answered with another number of vectors than it was given texts'
    )
  }
  const vectors = data
    .toSorted((one, other) => (one?.index ?? 0) - (other?.index ?? 0))
    .map((one) => unit(one?.embedding))
  if (new Set(vectors.map(({ length }) => length)).size !== 1) {
    throw new EmbeddingsUnavailable(
      'the embedding server answered with vectors of different dimensions'
    )
  }
  return vectors
}

/**
 * A text of which the model makes nothing, or no numbers, is refused like one that the server
 * refuses.
 */
function unit(embedding: unknown): number[] {
  if (!Array.isArray(embedding) || embedding.length === 0) {
    throw new EmbeddingsUnavailable(
      'the embedding server answered with something that is no vector'
    )
  }
  const length = embedding.every(Number.isFinite) ? Math.hypot(...(embedding as number[])) : 0
  if (length === 0) {
    throw new EmbeddingsUnavailable(
      'the embedding server answered with a vector without direction',
      { refused: true }
    )
  }
  return (embedding as number[]).map((value) => value / length)
}
