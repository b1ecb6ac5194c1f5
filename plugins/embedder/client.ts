/**
 * The embedding server does not answer, or not with vectors; the message says what it did instead,
 * `said` what it wrote.
 */
export class EmbeddingsUnavailableError extends Error {
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
   * One vector of unit length for each text, all of one dimension. Throws EmbeddingsUnavailableError.
   */
  embed: (model: string, texts: readonly string[], signal: AbortSignal) => Promise<number[][]>
}

/** Statuses by which a server says that a text is too long or otherwise not to its liking. */
const REFUSAL_STATUSES = [400, 413, 422]

/**
 * A client of the embeddings interface that OpenAI defined (POST /v1/embeddings). `url` is that of
 * the server, of its interface (https://host/v1), or of the endpoint itself. Redirects are not
 * followed: what is sent goes to the address that was set.
 */
export function createEmbeddingClient({
  url,
  apiKey
}: {
  url: string
  apiKey?: string | undefined
}): EmbeddingClient {
  const endpointUrl = embeddingsEndpoint(url)
  const requestHeaders = {
    'content-type': 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` })
  }
  return {
    async embed(model, texts, signal) {
      const requestBody = JSON.stringify({ model, input: texts })
      return parseVectors(
        await requestJson(
          endpointUrl,
          { method: 'POST', headers: requestHeaders, signal, redirect: 'error', body: requestBody },
          apiKey
        ),
        texts.length
      )
    }
  }
}

/** An address without a path is that of a server, whose interface is at /v1. */
export function embeddingsEndpoint(url: string): string {
  const baseUrl = url.replace(/\/+$/, '')
  if (baseUrl.endsWith('/embeddings')) return baseUrl
  return new URL(baseUrl).pathname === '/' ? `${baseUrl}/v1/embeddings` : `${baseUrl}/embeddings`
}

async function requestJson(endpoint: string, init: RequestInit, apiKey = ''): Promise<unknown> {
  let httpResponse: Response
  let responseText: string
  try {
    httpResponse = await fetch(endpoint, init)
    responseText = await httpResponse.text()
  } catch (error) {
    const { name, message, cause } = error as Error & {
      cause?: { code?: string; message?: string }
    }
    throw new EmbeddingsUnavailableError(
      name === 'TimeoutError'
        ? 'the embedding server did not answer in time'
        : `the embedding server cannot be reached (${cause?.code ?? cause?.message ?? message})`
    )
  }
  if (!httpResponse.ok) {
    const serverMessage = responseText.slice(0, 300)
    throw new EmbeddingsUnavailableError(`the embedding server answered ${httpResponse.status}`, {
      refused: REFUSAL_STATUSES.includes(httpResponse.status),
      said: apiKey === '' ? serverMessage : serverMessage.replaceAll(apiKey, '***')
    })
  }
  try {
    return JSON.parse(responseText)
  } catch {
    throw new EmbeddingsUnavailableError('the embedding server did not answer with JSON')
  }
}

function parseVectors(answer: unknown, count: number): number[][] {
  const { data } = (answer ?? {}) as {
    data?: Array<{ index?: number; embedding?: unknown } | null>
  }
  if (!Array.isArray(data) || data.length !== count) {
    throw new EmbeddingsUnavailableError(
      'the embedding server answered with another number of vectors than it was given texts'
    )
  }
  const unitVectors = data
    .toSorted((first, second) => (first?.index ?? 0) - (second?.index ?? 0))
    .map((item) => toUnitVector(item?.embedding))
  if (new Set(unitVectors.map(({ length }) => length)).size !== 1) {
    throw new EmbeddingsUnavailableError(
      'the embedding server answered with vectors of different dimensions'
    )
  }
  return unitVectors
}

/**
 * A text of which the model makes nothing, or no numbers, is refused like one that the server
 * refuses.
 */
function toUnitVector(embedding: unknown): number[] {
  if (!Array.isArray(embedding) || embedding.length === 0) {
    throw new EmbeddingsUnavailableError(
      'the embedding server answered with something that is no vector'
    )
  }
  const vectorLength = embedding.every(Number.isFinite) ? Math.hypot(...(embedding as number[])) : 0
  if (vectorLength === 0) {
    throw new EmbeddingsUnavailableError(
      'the embedding server answered with a vector without direction',
      { refused: true }
    )
  }
  return (embedding as number[]).map((value) => value / vectorLength)
}
