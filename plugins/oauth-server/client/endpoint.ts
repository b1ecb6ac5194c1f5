import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { oauthErrorHandler } from '../../error-handler/dialects.ts'
import { OAuthError } from '../../../lib/errors.ts'
import { Parameters, queryOf, rawFormOf } from '../../form-parameters.ts'
import type { ClientRequest } from '../token/token-request.ts'
import { authenticateClient } from './authentication.ts'

/**
 * Refusals that are part of every normal flow, for a device that polls early or a client without a
 * nonce. They are not audited.
 */
const expectedErrors = ['authorization_pending', 'slow_down', 'use_dpop_nonce']

const secretNames = [
  'client_secret',
  'code',
  'token',
  'refresh_token',
  'device_code',
  'code_verifier'
]

type ClientAnswer = (clientRequest: ClientRequest) => Promise<unknown>
type BeginRequest = (
  app: FastifyInstance,
  form: Parameters,
  request: FastifyRequest
) => ClientAnswer

/**
 * An endpoint that clients post forms to: checks the form, authenticates the client, then answers.
 * A refusal is audited as `refusedAction`. RFC 6749 §3.2. `beginRequest` runs before the client is
 * authenticated: it may only refuse, or look up what the client presents.
 */
export function clientEndpoint(
  refusedAction: string,
  statusCode: number,
  beginRequest: BeginRequest
): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler(oauthErrorHandler)
    app.post('', (request, reply) => answerForm(request, reply))
    app.route({
      method: ['GET', 'PUT', 'PATCH', 'DELETE'],
      url: '',
      handler: async (_, reply) => {
        reply.header('allow', 'POST')
        throw new OAuthError('invalid_request', 'This endpoint takes POST only.', {
          statusCode: 405,
          reason: 'method_not_allowed'
        })
      }
    })

    async function answerForm(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache')
      const form = rawFormOf(request)
      const requestSender: RequestSender = { clientId: form.get('client_id'), isProven: false }
      try {
        requireWellFormed(request, form)
        const answerClient = beginRequest(app, form, request)
        const { client, proven } = await authenticateClient(app, request, form)
        requestSender.clientId = client.client_id
        requestSender.isProven = proven
        const content = await answerClient({ app, request, reply, client, proven, form })
        return await reply.status(statusCode).send(content)
      } catch (error) {
        if (error instanceof OAuthError && !expectedErrors.includes(error.error)) {
          await noteRefusal(app, request, refusedAction, error, requestSender)
        }
        throw error
      }
    }
  }
}

/** The client as far as the request got: only named, or proven. */
interface RequestSender {
  clientId: string | undefined
  isProven: boolean
}

async function noteRefusal(
  app: FastifyInstance,
  request: FastifyRequest,
  refusedAction: string,
  { error, reason }: OAuthError,
  { clientId, isProven }: RequestSender
): Promise<void> {
  if (error === 'invalid_grant' && clientId !== undefined) {
    await app.refusals.count(request, clientId)
  }
  const auditEntry = { client_id: clientId, reason, details: { error } }
  await (isProven
    ? request.audit(refusedAction, auditEntry)
    : request.auditBounded(refusedAction, auditEntry))
}

function requireWellFormed(request: FastifyRequest, form: Parameters): void {
  if (!(request.body instanceof Parameters)) {
    throw new OAuthError('invalid_request', 'Send application/x-www-form-urlencoded.', {
      reason: 'not_a_form'
    })
  }
  const query = queryOf(request.url)
  const misplacedNames = secretNames.filter((name) => query.get(name) !== undefined)
  if (misplacedNames.length > 0) {
    throw new OAuthError(
      'invalid_request',
      `Secrets belong in the body, not in the URL: ${misplacedNames.join(', ')}.`,
      { reason: 'secret_in_url' }
    )
  }
  const repeatedNames = form.repeated('resource')
  if (repeatedNames.length > 0) {
    throw new OAuthError('invalid_request', `Sent more than once: ${repeatedNames.join(', ')}.`, {
      reason: 'repeated_parameter'
    })
  }
  if (form.malformed.length > 0) {
    throw new OAuthError('invalid_request', 'A parameter is not valid UTF-8 text.', {
      reason: 'malformed_parameter'
    })
  }
}
