/** An embedding model that Ollama serves, with the prefixes that its page asks for. */
interface OllamaModel {
  name: string
  query?: string
  document?: string
}

/** Best first. The offer is the first installed model, or the first of all. */
const KNOWN_MODELS: readonly OllamaModel[] = [
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
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]']

export interface OllamaOffer {
  /** Fetches the model, if Ollama has none for embeddings. */
  command?: string
  /** Lines of .env that use it. */
  settings: string[]
}

/**
 * Asks Ollama on this machine for its models, and returns the settings for search by meaning.
 * Undefined if Ollama does not answer within 0.3 seconds, or if OLLAMA_HOST is another machine.
 */
export async function offerOllama(host: string | undefined): Promise<OllamaOffer | undefined> {
  const serverUrl = ollamaUrl(host)
  const installedModels = serverUrl && (await listInstalledModels(serverUrl))
  if (!serverUrl || !installedModels) return undefined
  const installedModel = KNOWN_MODELS.find(({ name }) =>
    installedModels.some((installedName) => installedName.split(':')[0] === name)
  )
  const { name, query, document } = installedModel ?? KNOWN_MODELS[0]!
  return {
    ...(!installedModel && { command: `ollama pull ${name}` }),
    settings: [
      `EMBEDDINGS_URL=${serverUrl}`,
      `EMBEDDINGS_MODEL=${name}`,
      ...(query === undefined ? [] : [`EMBEDDINGS_QUERY_PREFIX="${query}"`]),
      ...(document === undefined ? [] : [`EMBEDDINGS_DOCUMENT_PREFIX="${document}"`])
    ]
  }
}

/** The URL of Ollama. OLLAMA_HOST is a host, with or without a scheme and a port. */
function ollamaUrl(host = '127.0.0.1'): string | undefined {
  const urlText = /^https?:\/\//.test(host) ? host : `http://${host}`
  if (!URL.canParse(urlText)) return undefined
  const hostUrl = new URL(urlText)
  const isEverywhere = ['0.0.0.0', '[::]'].includes(hostUrl.hostname)
  const dialHost = isEverywhere ? '127.0.0.1' : hostUrl.hostname
  if (!LOOPBACK_HOSTS.includes(dialHost)) return undefined
  const hasPort = /:\d+\/?$/.test(host)
  return `${hostUrl.protocol}//${dialHost}:${hasPort ? hostUrl.port || 80 : DEFAULT_PORT}`
}

/** Undefined if nothing answers, or something other than Ollama. */
async function listInstalledModels(url: string): Promise<string[] | undefined> {
  try {
    const timeoutSignal = AbortSignal.timeout(TIMEOUT_MS)
    const tagsResponse = await fetch(`${url}/api/tags`, {
      signal: timeoutSignal,
      redirect: 'error'
    })
    const { models } = (await tagsResponse.json()) as { models?: Array<{ name?: unknown }> }
    if (!Array.isArray(models)) return undefined
    return models.map(({ name }) => String(name))
  } catch {
    return undefined
  }
}
