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
/** Faults of one request that its answer names. */
const MAX_FAULTS = 3

/** The revisions that a client may choose, in the `data` of an error that is about revisions. */
export const supportedVersions = { supported: SUPPORTED_PROTOCOL_VERSIONS }

/**
 * The JSON-RPC messages of a body: one, or a batch (2025-03-26). Throws RpcError 400, 415 for a
 * form.
 */
export function messagesOf(body: unknown): JSONRPCMessage[] {
  if (body instanceof Parameters) {
    throw new RpcError(
      415,
      -32600,
      'Invalid Request: send the message as JSON, with Content-Type: application/json'
    )
  }
  const items: unknown[] = Array.isArray(body) ? body : [body]
  if (items.length === 0 || items.length > MAX_MESSAGES) {
    throw new RpcError(400, -32600, `Invalid Request: a batch holds 1 to ${MAX_MESSAGES} messages`)
  }
  const ids = new Set<unknown>()
  return items.map((item) => {
    const { success, data } = JSONRPCMessageSchema.safeParse(withArguments(item))
    if (!success) throw new RpcError(400, -32600, 'Invalid Request: not a JSON-RPC 2.0 message')
    if (isJSONRPCRequest(data) && ids.size === ids.add(data.id).size) {
      throw new RpcError(400, -32600, 'Invalid Request: two messages with one id')
    }
    return data
  })
}

/**
 * The revision that MCP-Protocol-Version names counts from the request after `initialize` on: that
 * one negotiates by its body. Throws RpcError 400.
 */
export function checkProtocolVersion({ headers, body }: FastifyRequest): void {
  const version = headers['mcp-protocol-version']
  const items: unknown[] = Array.isArray(body) ? body : [body]
  if (version === undefined || items.some((item) => methodOf(item) === 'initialize')) return
  if (SUPPORTED_PROTOCOL_VERSIONS.includes(String(version))) return
  throw new RpcError(
    400,
    -32000,
    `Bad Request: Unsupported protocol version (supported versions: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')})`,
    {
      ...supportedVersions,
      requested: String(version).slice(0, 40)
    }
  )
}

/**
 * The answer as it may leave the server: the SDK words wrong params by dumping its validator's
 * issues; here they become a sentence.
 */
export function withoutDump(message: JSONRPCMessage): JSONRPCMessage {
  if (!('error' in message)) return message
  const faults = faultsOf(message.error.message)
  if (!faults) return message
  const text = `Invalid params: ${faults.slice(0, MAX_FAULTS).join('; ')}. Correct the request and send it again.`
  return { ...message, error: { code: INVALID_PARAMS, message: text } }
}

/**
 * `arguments: null` and [] are none, and a text of JSON is what it says; the tool itself judges
 * everything else.
 */
function withArguments(item: unknown): unknown {
  if (methodOf(item) !== 'tools/call') return item
  const { params } = item as { params?: Record<string, unknown> }
  if (typeof params !== 'object' || params === null || !('arguments' in params)) return item
  return { ...(item as object), params: { ...params, arguments: argumentsOf(params['arguments']) } }
}

function argumentsOf(value: unknown): unknown {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return {}
  if (typeof value !== 'string') return value
  try {
    refuseLargeJson(Buffer.from(value))
    return argumentsOf(JSON.parse(value))
  } catch {
    return value
  }
}

function methodOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null
    ? (item as { method?: unknown }).method
    : undefined
}

interface Issue {
  path?: unknown[]
  message?: unknown
}

/** What a validator found, each in words; undefined for a text that is no such list. */
function faultsOf(text: string): string[] | undefined {
  const list = text.slice(text.indexOf('['))
  if (!/^\[\s*\{/.test(list)) return undefined
  try {
    const issues = JSON.parse(list) as Issue[]
    return issues.map(({ path = [], message = 'is not valid' }) => {
      return `${path.join('.').slice(0, 100) || 'the request'}: ${String(message)
        .replace(/^Invalid input: /, '')
        .slice(0, 200)}`
    })
  } catch {
    return ['the request does not have the form that the method asks for']
  }
}
