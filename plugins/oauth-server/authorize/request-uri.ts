import type { FastifyInstance } from 'fastify'
import {
  findPushedAuthorizationRequest,
  REQUEST_URI_PREFIX
} from '../../../db/oauth/pushed-authorization-requests.ts'
import { PageError } from '../../../lib/errors.ts'
import { Parameters } from '../../form-parameters.ts'

/**
 * The pushed request that the query names; undefined when its request_uri is not one of this
 * server. Only client_id counts beside it (RFC 9126 §4). `pageOpened`: it may have expired since.
 * Throws UnusableRequestUriError.
 */
export async function findPushedRequest(
  app: FastifyInstance,
  queryParameters: Parameters,
  pageOpened: boolean
): Promise<{ parameters: Parameters; requestUri: string } | undefined> {
  const requestUri = queryParameters.get('request_uri')
  if (!requestUri?.startsWith(REQUEST_URI_PREFIX)) return undefined
  const pushedRequest = await findPushedAuthorizationRequest(app.db, requestUri)
  if (!pushedRequest) throw new UnusableRequestUriError('request_uri_unknown')
  if (
    pushedRequest.client_id !== queryParameters.get('client_id') ||
    queryParameters.repeated().some((name) => ['client_id', 'request_uri'].includes(name))
  ) {
    throw new UnusableRequestUriError('request_uri_of_another_client')
  }
  if (!pushedRequest.live && !pageOpened) throw new UnusableRequestUriError('request_uri_expired')
  return { parameters: new Parameters(pushedRequest.parameters), requestUri }
}

/**
 * invalid_request_uri as a page: the address for an answer to the client is inside the request
 * that cannot be used.
 */
export class UnusableRequestUriError extends PageError {
  constructor(reason: string) {
    super(
      400,
      'This request is used up or too old',
      'Each request of an app can be answered once, within ten minutes.',
      { reason, advice: 'Go back to the app and connect again.' }
    )
  }
}
