import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  SUPPORTED_PROTOCOL_VERSIONS
} from '@modelcontextprotocol/sdk/types.js'
import type { FastifyRequest } from 'fastify'
import { refuseLargeJson } from '../../lib/json-limits.ts'
import { RpcError } from '../../lib/errors.ts'
import { Parameters } from '../form-parameters.ts'

const MAX_MESSAGES = 50
const INVALID_PARAMS = -32602
/** Faults of one request that its error lists. */
const MAX_LISTED_FAULTS = 3

/** The protocol versions that a client may choose: the `data` of an error about versions. */
export const supportedVersions = { supported: SUPPORTED_PROTOCOL_VERSIONS }

/**
 * The JSON-RPC messages of a body: a single message, or a batch (2025-03-26). Throws RpcError 400,
 * or 415 for a form.
 */
export function messagesOf(body: unknown): JSONRPCMessage[] {
  if (body instanceof Parameters) {
    throw new RpcError(
      415,
      -32600,
      'Invalid Request: send the message as JSON, with Content-Type: application/json'
    )
  }
  const bodyItems: unknown[] = Array.isArray(body) ? body : [body]
  if (bodyItems.length === 0 || bodyItems.length > MAX_MESSAGES) {
    throw new RpcError(400, -32600, `Invalid Request: a batch holds 1 to ${MAX_MESSAGES} messages`)
  }
  const requestIds = new Set<unknown>()
  return bodyItems.map((item) => {
    const { success, data } = JSONRPCMessageSchema.safeParse(withParsedArguments(item))
    if (!success) throw new RpcError(400, -32600, 'Invalid Request: not a JSON-RPC 2.0 message')
    if (isJSONRPCRequest(data) && requestIds.size === requestIds.add(data.id).size) {
      throw new RpcError(400, -32600, 'Invalid Request: two messages have the same id')
    }
    return data
  })
}

/**
 * Checks the MCP-Protocol-Version header, except on `initialize`, which negotiates the version in
 * its body. Throws RpcError 400.
 */
export function checkProtocolVersion({ headers, body }: FastifyRequest): void {
  const protocolVersion = headers['mcp-protocol-version']
  const bodyItems: unknown[] = Array.isArray(body) ? body : [body]
  if (protocolVersion === undefined || bodyItems.some((item) => methodOf(item) === 'initialize')) {
    return
  }
  if (SUPPORTED_PROTOCOL_VERSIONS.includes(String(protocolVersion))) return
  throw new RpcError(
    400,
    -32000,
    'Bad Request: Unsupported protocol version ' +
      `(supported versions: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')})`,
    {
      ...supportedVersions,
      requested: String(protocolVersion).slice(0, 40)
    }
  )
}

/**
 * Rewords an error about wrong params. The SDK dumps the issues of its validator; this makes a
 * sentence of them.
 */
export function rewordError(message: JSONRPCMessage): JSONRPCMessage {
  if (!('error' in message)) return message
  const paramFaults = listFaults(message.error.message)
  if (!paramFaults) return message
  const faultList = paramFaults.slice(0, MAX_LISTED_FAULTS).join('; ')
  const errorText = `Invalid params: ${faultList}. Correct the request and send it again.`
  return { ...message, error: { code: INVALID_PARAMS, message: errorText } }
}

/**
 * Accepts what clients send as arguments: null and [] count as none, and JSON text is parsed. The
 * tool checks everything else.
 */
function withParsedArguments(item: unknown): unknown {
  if (methodOf(item) !== 'tools/call') return item
  const { params } = item as { params?: Record<string, unknown> }
  if (typeof params !== 'object' || params === null || !('arguments' in params)) return item
  return {
    ...(item as object),
    params: { ...params, arguments: parsedArguments(params['arguments']) }
  }
}

function parsedArguments(value: unknown): unknown {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return {}
  if (typeof value !== 'string') return value
  try {
    refuseLargeJson(Buffer.from(value))
    return parsedArguments(JSON.parse(value))
  } catch {
    return value
  }
}

function methodOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null
    ? (item as { method?: unknown }).method
    : undefined
}

/** An issue of the SDK's validator. */
interface ValidationIssue {
  path?: unknown[]
  message?: unknown
}

/** The issues of a validator in words; undefined for a text that does not list any. */
function listFaults(text: string): string[] | undefined {
  const issueList = text.slice(text.indexOf('['))
  if (!/^\[\s*\{/.test(issueList)) return undefined
  try {
    const validationIssues = JSON.parse(issueList) as ValidationIssue[]
    return validationIssues.map(({ path = [], message = 'is not valid' }) => {
      return `${path.join('.').slice(0, 100) || 'the request'}: ${String(message)
        .replace(/^Invalid input: /, '')
        .slice(0, 200)}`
    })
  } catch {
    return ['the request does not have the form that the method needs']
  }
}
