import type { FastifyInstance } from 'fastify'
import CachePolicy from 'http-cache-semantics'
import { FetchRefusedError } from '../../../guarded-fetch/index.ts'
import { OAuthError } from '../../../../lib/errors.ts'
import { readClientMetadata, type StatedMetadata } from '../metadata.ts'
import { FetchGovernor } from '../../../guarded-fetch/fetch-governor.ts'
import type { TokenEndpointAuthMethod } from '../../../../db/schema/index.ts'

const MAX_BYTES = 5 * 1024
const TIMEOUT_MS = 5000
/**
 * How long a copy is used at least and at most, whatever the publisher's headers say, in seconds.
 */
const SHORTEST = 300
const LONGEST = 7 * 86_400
/** Whoever signs in cannot make this service knock on many doors. */
const governor = new FetchGovernor({ perHost: 4, atOnce: 16, perMinute: 120 })

export interface FetchedDocument {
  document: Record<string, unknown>
  etag: string | null
  seconds: number
}

/** There is no document to be had at that URL; `reason` is a slug. */
export class DocumentUnavailable extends Error {
  readonly reason: string
  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * The document behind a client_id, or 'unchanged' when the publisher knows `etag` still to be
 * right. Throws DocumentUnavailable.
 */
export async function fetchDocument(
  app: FastifyInstance,
  clientId: string,
  etag: string | null
): Promise<FetchedDocument | 'unchanged'> {
  try {
    const headers = { accept: 'application/json', ...(etag !== null && { 'if-none-match': etag }) }
    const answer = await governor.run(new URL(clientId).host, () =>
      app.guardedFetch(clientId, { maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS, headers })
    )
    if (!answer) {
      throw new DocumentUnavailable(
        'document_fetches_busy',
        'too many such documents are being fetched at this moment; try again in a minute'
      )
    }
    const { status, headers: answered, body } = answer
    if (status === 304 && etag !== null) return 'unchanged'
    if (status !== 200) {
      throw new DocumentUnavailable('document_not_found', `it answered with the status ${status}`)
    }
    if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(String(answered['content-type'] ?? ''))) {
      throw new DocumentUnavailable('document_not_json', 'it is not sent as application/json')
    }
    const policy = new CachePolicy(
      { headers },
      { status, headers: answered as Record<string, string> }
    )
    const seconds = Math.min(Math.max(Math.floor(policy.timeToLive() / 1000), SHORTEST), LONGEST)
    return {
      document: parsed(body),
      etag: typeof answered['etag'] === 'string' ? answered['etag'].slice(0, 500) : null,
      seconds
    }
  } catch (error) {
    if (error instanceof FetchRefusedError) {
      throw new DocumentUnavailable('document_unreachable', error.message)
    }
    throw error
  }
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body), storable) as Record<
      string,
      unknown
    >
  } catch (error) {
    if (error instanceof DocumentUnavailable) throw error
    throw new DocumentUnavailable('document_not_json', 'it is not JSON')
  }
}

/**
 * Every text of a document is one that the database takes: neither a NUL nor half of a character.
 */
function storable(name: string, value: unknown): unknown {
  if (/[\0\p{Cs}]/u.test(typeof value === 'string' ? name + value : name)) {
    throw new DocumentUnavailable('document_refused', 'it has characters that are none')
  }
  return value
}

/**
 * What a document says, checked as a registration would be, and that it speaks of this very
 * client_id. Throws DocumentUnavailable.
 */
export function readDocument(
  clientId: string,
  document: Record<string, unknown>
): StatedMetadata & { token_endpoint_auth_methods: TokenEndpointAuthMethod[] } {
  try {
    if (document?.['client_id'] !== clientId) {
      throw new DocumentUnavailable(
        'document_of_another_client',
        'its client_id is not its own URL'
      )
    }
    if ('client_secret' in document) {
      throw new DocumentUnavailable('document_with_secret', 'it contains a client_secret')
    }
    const stated = readClientMetadata(document, { source: 'document' })
    const also = document['token_endpoint_auth_methods_supported']
    const usable: TokenEndpointAuthMethod[] =
      stated.jwks || stated.jwks_uri ? ['none', 'private_key_jwt'] : ['none']
    const methods = usable.filter(
      (method) =>
        method === stated.token_endpoint_auth_method ||
        (Array.isArray(also) && also.includes(method))
    )
    return { ...stated, token_endpoint_auth_methods: methods }
  } catch (error) {
    if (error instanceof OAuthError) {
      throw new DocumentUnavailable('document_refused', error.message)
    }
    throw error
  }
}
