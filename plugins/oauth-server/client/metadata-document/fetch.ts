import type { FastifyInstance } from 'fastify'
import CachePolicy from 'http-cache-semantics'
import type { TokenEndpointAuthMethod } from '../../../../db/schema/index.ts'
import { OAuthError } from '../../../../lib/errors.ts'
import { FetchGovernor } from '../../../guarded-fetch/fetch-governor.ts'
import { FetchRefusedError } from '../../../guarded-fetch/index.ts'
import { readClientMetadata, type StatedMetadata } from '../metadata.ts'

const MAX_BYTES = 5 * 1024
const TIMEOUT_MS = 5000
/** A copy is used for this long, in seconds, whatever the publisher's headers say. */
const MIN_SECONDS = 300
const MAX_SECONDS = 7 * 86_400
/** A signed-in person cannot make this server contact many hosts. */
const fetchGovernor = new FetchGovernor({ perHost: 4, atOnce: 16, perMinute: 120 })

export interface FetchedDocument {
  document: Record<string, unknown>
  etag: string | null
  seconds: number
}

type DocumentResponse = Awaited<ReturnType<FastifyInstance['guardedFetch']>>

/** There is no usable document at that URL. `reason` is a slug for the audit log. */
export class DocumentUnavailableError extends Error {
  override readonly name = 'DocumentUnavailableError'
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * The document behind a client_id, or 'unchanged' when the publisher confirms that `etag` is still
 * right. Throws DocumentUnavailableError.
 */
export async function fetchDocument(
  app: FastifyInstance,
  clientId: string,
  etag: string | null
): Promise<FetchedDocument | 'unchanged'> {
  const requestHeaders = {
    accept: 'application/json',
    ...(etag !== null && { 'if-none-match': etag })
  }
  const response = await requestDocument(app, clientId, requestHeaders)
  const { status, headers, body } = response
  if (status === 304 && etag !== null) return 'unchanged'
  if (status !== 200) {
    throw new DocumentUnavailableError(
      'document_not_found',
      `it answered with the status ${status}`
    )
  }
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(String(headers['content-type'] ?? ''))) {
    throw new DocumentUnavailableError('document_not_json', 'it is not sent as application/json')
  }
  return {
    document: parseDocument(body),
    etag: typeof headers['etag'] === 'string' ? headers['etag'].slice(0, 500) : null,
    seconds: secondsToKeep(requestHeaders, response)
  }
}

async function requestDocument(
  app: FastifyInstance,
  clientId: string,
  headers: Record<string, string>
): Promise<DocumentResponse> {
  try {
    const response = await fetchGovernor.run(new URL(clientId).host, () =>
      app.guardedFetch(clientId, { maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, headers })
    )
    if (response) return response
  } catch (error) {
    if (!(error instanceof FetchRefusedError)) throw error
    throw new DocumentUnavailableError('document_unreachable', error.message)
  }
  throw new DocumentUnavailableError(
    'document_fetches_busy',
    'too many such documents are being fetched at this moment; try again in a minute'
  )
}

function secondsToKeep(
  requestHeaders: Record<string, string>,
  { status, headers }: DocumentResponse
): number {
  const cachePolicy = new CachePolicy(
    { headers: requestHeaders },
    { status, headers: headers as Record<string, string> }
  )
  const statedSeconds = Math.floor(cachePolicy.timeToLive() / 1000)
  return Math.min(Math.max(statedSeconds, MIN_SECONDS), MAX_SECONDS)
}

function parseDocument(body: Buffer): Record<string, unknown> {
  try {
    const documentText = new TextDecoder('utf-8', { fatal: true }).decode(body)
    return JSON.parse(documentText, requireStorable) as Record<string, unknown>
  } catch (error) {
    if (error instanceof DocumentUnavailableError) throw error
    throw new DocumentUnavailableError('document_not_json', 'it is not JSON')
  }
}

/** The database takes neither a NUL nor half of a surrogate pair. */
function requireStorable(name: string, value: unknown): unknown {
  if (/[\0\p{Cs}]/u.test(typeof value === 'string' ? name + value : name)) {
    throw new DocumentUnavailableError('document_refused', 'it has characters that are not valid')
  }
  return value
}

/**
 * The client metadata of a document, checked as a registration is. Its client_id must be its own
 * URL. Throws DocumentUnavailableError.
 */
export function readDocument(
  clientId: string,
  document: Record<string, unknown>
): StatedMetadata & { token_endpoint_auth_methods: TokenEndpointAuthMethod[] } {
  if (document?.['client_id'] !== clientId) {
    throw new DocumentUnavailableError(
      'document_of_another_client',
      'its client_id is not its own URL'
    )
  }
  if ('client_secret' in document) {
    throw new DocumentUnavailableError('document_with_secret', 'it contains a client_secret')
  }
  const statedMetadata = readDocumentMetadata(document)
  const supportedMethods = document['token_endpoint_auth_methods_supported']
  const hasKeys = statedMetadata.jwks || statedMetadata.jwks_uri
  const usableMethods: TokenEndpointAuthMethod[] = hasKeys ? ['none', 'private_key_jwt'] : ['none']
  const authMethods = usableMethods.filter(
    (method) =>
      method === statedMetadata.token_endpoint_auth_method ||
      (Array.isArray(supportedMethods) && supportedMethods.includes(method))
  )
  return { ...statedMetadata, token_endpoint_auth_methods: authMethods }
}

function readDocumentMetadata(document: Record<string, unknown>): StatedMetadata {
  try {
    return readClientMetadata(document, { source: 'document' })
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    throw new DocumentUnavailableError('document_refused', error.message)
  }
}
