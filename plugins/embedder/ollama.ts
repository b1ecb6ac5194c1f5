/** An embedding model that Ollama serves, with the prefixes that its page asks for. */
interface Model {
  name: string
  query?: string
  document?: string
}

/** Best first: the first one that is there is offered, and the first of all when none is. */
const MODELS: readonly Model[] = [
  { name: 'nomic-embed-text', query: 'search_query: ', document: 'search_document: ' },
  { name: 'bge-m3' },
  { name: 'snowflake-arctic-embed2', query: 'query: ' },
  {
    name: 'embeddinggemma',
    query: 'task: search result | query: ',
    document: 'title: none | text: '
  },
  { name: 'mxbai-embed-large', query: 'Represent this sentence for searching relevant passages: ' },
  { name: 'all-minilm' }
]
const TIMEOUT_MS = 300
const DEFAULT_PORT = 11434
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

export interface OllamaOffer {
  /** What fetches the model, when Ollama has none for embeddings. */
  command?: string
  /** Lines of .env that use it. */
  settings: string[]
}

/**
 * Asks Ollama on this machine which models it has, and says how search by meaning can use them.
 * Undefined when none answers within 0.3 seconds, or when OLLAMA_HOST names another machine.
 */
export async function offerOllama(host: string | undefined): Promise<OllamaOffer | undefined> {
  const url = ollamaUrl(host)
  const names = url && (await modelNames(url))
  if (!url || !names) return undefined
  const present = MODELS.find(({ name }) => names.some((one) => one.split(':')[0] === name))
  const { name, query, document } = present ?? MODELS[0]!
  return {
    ...(!present && { command: `ollama pull ${name}` }),
    settings: [
      `EMBEDDINGS_URL=${url}`,
      `EMBEDDINGS_MODEL=${name}`,
      ...(query === undefined ? [] : [`EMBEDDINGS_QUERY_PREFIX="${query}"`]),
      ...(document === undefined ? [] : [`EMBEDDINGS_DOCUMENT_PREFIX="${document}"`])
    ]
  }
}

/** Where Ollama listens: OLLAMA_HOST is a host, with or without a scheme and a port. */
function ollamaUrl(host = '127.0.0.1'): string | undefined {
  const text = /^https?:\/\//.test(host) ? host : `http://${host}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isEverywhere = ['0.0.0.0', '[::]'].includes(url.hostname)
  const hostname = isEverywhere ? '127.0.0.1' : url.hostname
  if (!LOOPBACK.includes(hostname)) return undefined
  const hasPort = /:\d+\/?$/.test(host)
  return `${url.protocol}//${hostname}:${hasPort ? url.port || 80 : DEFAULT_PORT}`
}

/** Undefined: what answers there, if anything does, is no Ollama. */
async function modelNames(url: string): Promise<string[] | undefined> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(`${url}/api/tags`, { signal, redirect: 'error' })
    const { models } = (await answer.json()) as { models?: Array<{ name?: unknown }> }
    if (!Array.isArray(models)) return undefined
    return models.map(({ name }) => String(name))
  } catch {
    return undefined
  }
}
