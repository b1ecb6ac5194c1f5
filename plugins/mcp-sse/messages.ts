import { RpcError } from '../../lib/errors.ts'

export type RpcId = string | number
export type RpcParams = Record<string, unknown>

export interface RpcRequest {
  kind: 'request'
  id: RpcId
  method: string
  params: RpcParams
}

/** A JSON-RPC 2.0 message. Of a response nothing is read, because this server asks nothing. */
export type RpcMessage =
  RpcRequest | { kind: 'notification'; method: string; params: RpcParams } | { kind: 'response' }

/** Codes of JSON-RPC 2.0 §5.1. */
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602
export const INTERNAL_ERROR = -32603

/** The message that a JSON value is; undefined for a value that is none. */
export function parseMessage(item: unknown): RpcMessage | undefined {
  if (!isObject(item) || item['jsonrpc'] !== '2.0') return undefined
  const { id, method, params = {} } = item
  if (method === undefined) {
    return 'result' in item || isObject(item['error']) ? { kind: 'response' } : undefined
  }
  if (typeof method !== 'string' || !isObject(params)) return undefined
  if (!('id' in item)) return { kind: 'notification', method, params }
  return isRpcId(id) ? { kind: 'request', id, method, params } : undefined
}

export function isRpcId(id: unknown): id is RpcId {
  return typeof id === 'string' || Number.isInteger(id)
}

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function invalidRequest(statusCode: number, what: string): RpcError {
  return new RpcError(statusCode, INVALID_REQUEST, `Invalid Request: ${what}`)
}

/** JSON that is ready to send. Objects become such text only once, when the answer is written. */
export class JsonText {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export function jsonOf(value: object): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value)
}

/** The text of a successful answer; `result` is JSON. */
export function resultText(id: RpcId, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
}

/** The text of an error as the answer to a request. */
export function errorText(id: RpcId, { code, message, data }: RpcFault): string {
  const error = { code, message, ...(data && Object.keys(data).length > 0 && { data }) }
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(error)}}`
}

/** A notification of the server. */
export function notificationText(method: string, params?: object): string {
  return JSON.stringify({ jsonrpc: '2.0', method, ...(params && { params }) })
}

export interface RpcFault {
  code: number
  message: string
  data?: Record<string, unknown> | undefined
}
