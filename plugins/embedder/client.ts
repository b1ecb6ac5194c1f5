/** The embedding server does not answer, or answers without usable vectors. */
export class EmbeddingsUnavailableError extends Error {
  override readonly name = 'EmbeddingsUnavailableError'
  /** The beginning of the server's own error text. */
  readonly serverText: string | undefined
  /** The server works, but does not accept these texts. */
  readonly refused: boolean
  constructor(
    message: string,
    { refused = false, serverText }: { refused?: boolean; serverText?: string | undefined } = {}
  ) {
    super(message)
    this.refused = refused
    this.serverText = serverText
  }
}

export interface EmbeddingClient {
  /**
   * Returns one vector of unit length for each text, all of one dimension. Throws
   * EmbeddingsUnavailableError.
   */
  embed: (model: string, texts: readonly string[], signal: AbortSignal) => Promise<number[][]>
}

/** Statuses of a server that does not accept a text, for example because it is too long. */
const REFUSAL_STATUSES = [400, 413, 422]

/**
 * A client of OpenAI's embeddings interface (POST /v1/embeddings). `url` may be the server, its
 * interface (https://host/v1) or the endpoint itself. The client follows no redirects, because
 * memories may only go to the address that the operator set.
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

/** The URL of the endpoint. A URL without a path is a server, with its interface at /v1. */
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
    const errorStart = responseText.slice(0, 300)
    throw new EmbeddingsUnavailableError(`the embedding server answered ${httpResponse.status}`, {
      refused: REFUSAL_STATUSES.includes(httpResponse.status),
      serverText: apiKey === '' ? errorStart : errorStart.replaceAll(apiKey, '***')
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
      'the embedding server answered with another number of vectors than the request has texts'
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
 * Scales a vector to unit length. A zero vector or values that are not numbers count as a refusal
 * of the text. Throws EmbeddingsUnavailableError.
 */
function toUnitVector(embedding: unknown): number[] {
  if (!Array.isArray(embedding) || embedding.length === 0) {
    throw new EmbeddingsUnavailableError(
      'the embedding server answered with something other than a vector'
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
