import type { FastifyReply, FastifyRequest } from 'fastify'
import { RpcError } from '../../../lib/errors.ts'
import { InputRequiredError } from '../../../lib/input-required.ts'
import type { Credential } from '../../auth/index.ts'
import { Canceller } from '../../tool-calls/index.ts'
import { errorText, METHOD_NOT_FOUND, resultText } from '../messages.ts'
import type { Exchange } from '../methods/exchange.ts'
import { faultOf, methods } from '../methods/index.ts'
import { logNotifier, progressNotifier } from '../methods/messages-before.ts'
import {
  clientTraits,
  type McpService,
  type Method,
  type MethodCall
} from '../methods/method-call.ts'
import { requireKnownTools } from '../methods/tools.ts'
import { type JsonAnswer, PostAnswer } from '../post-answer.ts'
import { refuseLargeBody, requireScopeOf } from '../request-checks.ts'
import { metaKeys, type ModernMessage, type ModernRequest } from './classify.ts'
import { discover } from './discover.ts'
import { listen } from './listen.ts'
import { readInput, sealState } from './request-state.ts'
import { stampQuestion, stampResult } from './stamp.ts'

const modernMethods: ReadonlyMap<string, Method> = new Map([
  ...methods,
  ['server/discover', discover]
])

/** Answers a POST of 2026-07-28. Nothing of it depends on an earlier request. */
export async function answerModern(
  mcp: McpService,
  request: FastifyRequest,
  reply: FastifyReply,
  credential: Credential,
  message: ModernMessage
): Promise<FastifyReply> {
  if (message.kind === 'notification') return reply.status(202).send()
  requireKnownTools(request.url)
  refuseLargeBody(request, [message])
  requireScopeOf(message, credential)
  if (message.method === 'subscriptions/listen') return listen(mcp, reply, credential, message)
  const { params, meta, capabilities } = message
  logTrace(request, meta['traceparent'])
  const client = { ...clientTraits(meta[metaKeys.clientInfo], capabilities), capabilities }
  const postAnswer = new PostAnswer()
  const input = readInput(mcp, message, credential)
  const exchange = { ...exchangeOf(message, reply, postAnswer), input }
  const work = answerRequest(message, { mcp, request, credential, params, client, exchange })
  return postAnswer.send(reply, work, Boolean(exchange.progress ?? exchange.log))
}

/** The log names the trace of the client's system (W3C Trace Context), if it sends one. */
function logTrace(request: FastifyRequest, traceparent: unknown): void {
  if (typeof traceparent !== 'string' || !tracePattern.test(traceparent)) return
  request.log = request.log.child({ traceparent })
}

const tracePattern = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/

/** Only calls of tools take long enough to be cancelled, which the client does by leaving. */
function exchangeOf(
  { method, params, meta }: ModernRequest,
  reply: FastifyReply,
  postAnswer: PostAnswer
): Exchange {
  const notify = (json: string) => postAnswer.notify(json)
  const logLevel = meta[metaKeys.logLevel]
  return {
    progress: progressNotifier(params, notify),
    log: logLevel === undefined ? undefined : logNotifier(String(logLevel), notify),
    canceller: method === 'tools/call' ? cancelledByLeaving(reply) : undefined
  }
}

function cancelledByLeaving({ raw }: FastifyReply): Canceller {
  const canceller = new Canceller()
  raw.once('close', () => {
    if (!raw.writableFinished) canceller.cancel()
  })
  return canceller
}

async function answerRequest(message: ModernRequest, call: MethodCall): Promise<JsonAnswer> {
  const { id, method } = message
  try {
    const answer = modernMethods.get(method)
    if (!answer) {
      throw new RpcError(404, METHOD_NOT_FOUND, `Method not found: ${method.slice(0, 100)}`)
    }
    return { statusCode: 200, json: resultText(id, stampResult(method, await answer(call))) }
  } catch (error) {
    if (error instanceof InputRequiredError) return askClient(message, call, error)
    const fault = faultOf(call, error)
    return { statusCode: fault.statusCode, json: errorText(id, fault) }
  }
}

/** The result that asks the client, and that it repeats the call with the answers. */
function askClient(
  message: ModernRequest,
  { mcp, credential }: MethodCall,
  { requests, state }: InputRequiredError
): JsonAnswer {
  const result = stampQuestion({
    ...(Object.keys(requests).length > 0 && { inputRequests: requests }),
    requestState: sealState(mcp, message, credential, state)
  })
  return { statusCode: 200, json: resultText(message.id, result) }
}
