import { RpcError } from '../../../lib/errors.ts'
import {
  INVALID_PARAMS,
  INVALID_REQUEST,
  isObject,
  isRpcId,
  METHOD_NOT_FOUND,
  type RpcParams,
  type RpcRequest
} from '../messages.ts'
import { logLevels } from '../methods/messages-before.ts'
import { decodeHeader, trimHeader } from './header-value.ts'

/** The revisions in which each request says itself what it is. */
export const MODERN_VERSION = '2026-07-28'
export const modernVersions: readonly string[] = [MODERN_VERSION]

/** Codes of 2026-07-28, Basic, Error Codes. */
const HEADER_MISMATCH = -32020
const UNSUPPORTED_VERSION = -32022

const META = 'io.modelcontextprotocol/'
export const metaKeys = {
  version: `${META}protocolVersion`,
  capabilities: `${META}clientCapabilities`,
  clientInfo: `${META}clientInfo`,
  logLevel: `${META}logLevel`,
  serverInfo: `${META}serverInfo`,
  subscriptionId: `${META}subscriptionId`
}

type Headers = Record<string, string | string[] | undefined>

export interface ModernRequest extends RpcRequest {
  meta: RpcParams
  capabilities: RpcParams
}

/** A message of 2026-07-28. To a notification there is nothing to answer. */
export type ModernMessage = ModernRequest | { kind: 'notification' }

/** Where Mcp-Name repeats a member of params. */
const nameMembers: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri'
}

/**
 * The message of 2026-07-28 that a POST carries; undefined for one of an older revision. It looks
 * at this request alone, never at a connection, session or token, because clients mix revisions.
 * Throws RpcError in the order of MCP 2026-07-28, Versioning and Streamable HTTP.
 */
export function classify(headers: Headers, body: unknown): ModernMessage | undefined {
  if (Array.isArray(body)) {
    if (!body.some(claimsModern)) return undefined
    throw new RpcError(400, INVALID_REQUEST, 'Invalid Request: send one message, not a batch')
  }
  if (!isObject(body)) {
    return isModernVersion(headers['mcp-protocol-version']) ? refuseBody() : undefined
  }
  if (body['method'] === undefined && ('result' in body || 'error' in body)) return undefined
  if (!claimsModern(body)) return classifyByHeader(headers, body)
  if (body['method'] === 'initialize' && !hasValidEnvelope(body)) return undefined
  return modernMessage(headers, body)
}

/** Whether a header names a revision of 2026-07-28 or later. */
export function isModernVersion(header: string | string[] | undefined): boolean {
  const version = trimHeader(header)
  return version !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= MODERN_VERSION
}

/** Whether a request that was refused wants an error in the form of 2026-07-28. */
export function isModernPost(headers: Headers, body: unknown): boolean {
  return (
    isModernVersion(headers['mcp-protocol-version']) ||
    (Array.isArray(body) ? body : [body]).some(claimsModern)
  )
}

/** A message claims the new form by its `_meta`; a wrong value there is its fault. */
function claimsModern(item: unknown): boolean {
  const meta = metaOf(item)
  return meta !== undefined && Object.hasOwn(meta, metaKeys.version)
}

function metaOf(item: unknown): RpcParams | undefined {
  const params = isObject(item) ? item['params'] : undefined
  const meta = isObject(params) ? params['_meta'] : undefined
  return isObject(meta) ? meta : undefined
}

function classifyByHeader(headers: Headers, body: RpcParams): ModernMessage | undefined {
  // A client that falls back may keep the header of its attempt.
  if (!isModernVersion(headers['mcp-protocol-version']) || body['method'] === 'initialize') {
    return undefined
  }
  if (readRequest(body) === undefined) return { kind: 'notification' }
  throw new RpcError(
    400,
    INVALID_PARAMS,
    `Invalid params: _meta needs ${metaKeys.version} and ${metaKeys.capabilities}`
  )
}

/** The request, or undefined for a notification. Throws RpcError for anything else. */
function readRequest(body: RpcParams): RpcRequest | undefined {
  const { jsonrpc, id, method, params = {} } = body
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !isObject(params)) refuseBody()
  if (!('id' in body)) return undefined
  if (!isRpcId(id)) refuseBody()
  return { kind: 'request', id, method, params }
}

function refuseBody(): never {
  throw new RpcError(400, INVALID_REQUEST, 'Invalid Request: not a JSON-RPC 2.0 message')
}

function modernMessage(headers: Headers, body: RpcParams): ModernMessage {
  const request = readRequest(body)
  if (!request) return { kind: 'notification' }
  const meta = metaOf(body)!
  const envelopeFault = findEnvelopeFault(meta)
  if (envelopeFault) throw new RpcError(400, INVALID_PARAMS, `Invalid params: ${envelopeFault}`)
  checkHeaders(headers, request, String(meta[metaKeys.version]))
  if (request.method === 'initialize') {
    throw new RpcError(404, METHOD_NOT_FOUND, 'Method not found: initialize')
  }
  return { ...request, meta, capabilities: meta[metaKeys.capabilities] as RpcParams }
}

function hasValidEnvelope(body: RpcParams): boolean {
  return findEnvelopeFault(metaOf(body)!) === undefined
}

/** What is wrong with `_meta`, in words. `clientInfo` is not required, and only shown. */
function findEnvelopeFault(meta: RpcParams): string | undefined {
  if (typeof meta[metaKeys.version] !== 'string') return `_meta.${metaKeys.version}: expected text`
  if (!isObject(meta[metaKeys.capabilities])) {
    return `_meta.${metaKeys.capabilities}: expected an object`
  }
  const { [metaKeys.clientInfo]: clientInfo, [metaKeys.logLevel]: logLevel } = meta
  if (clientInfo !== undefined && !isObject(clientInfo)) {
    return `_meta.${metaKeys.clientInfo}: expected an object`
  }
  const isLevel = typeof logLevel === 'string' && logLevels.includes(logLevel)
  return logLevel === undefined || isLevel
    ? undefined
    : `_meta.${metaKeys.logLevel}: expected one of ${logLevels.join(', ')}`
}

/** Headers repeat the body for proxies, so both must agree. */
function checkHeaders(headers: Headers, { method, params }: RpcRequest, version: string): void {
  const [headerVersion, headerMethod] = [
    trimHeader(headers['mcp-protocol-version']),
    trimHeader(headers['mcp-method'])
  ]
  if (headerVersion !== undefined && headerVersion !== version) {
    refuseHeader(`MCP-Protocol-Version differs from _meta.${metaKeys.version}`)
  }
  if (headerMethod !== undefined && headerMethod !== method) {
    refuseHeader('Mcp-Method differs from method')
  }
  if (!modernVersions.includes(version)) refuseVersion(version)
  if (headerVersion === undefined) refuseHeader('MCP-Protocol-Version is missing')
  if (headerMethod === undefined) refuseHeader('Mcp-Method is missing')
  const nameMember = Object.hasOwn(nameMembers, method) ? nameMembers[method]! : undefined
  if (nameMember !== undefined) checkName(headers['mcp-name'], params[nameMember], nameMember)
}

function checkName(header: string | string[] | undefined, value: unknown, member: string): void {
  // Without the member in the body, the method itself says what is wrong.
  if (typeof value !== 'string') return
  const sentName = trimHeader(header)
  if (sentName === undefined) refuseHeader('Mcp-Name is missing')
  const headerName = decodeHeader(sentName)
  if (headerName === undefined) refuseHeader('Mcp-Name is not valid base64')
  if (headerName !== value) refuseHeader(`Mcp-Name differs from params.${member}`)
}

function refuseHeader(what: string): never {
  throw new RpcError(400, HEADER_MISMATCH, `Header mismatch: ${what}`)
}

function refuseVersion(version: string): never {
  throw new RpcError(
    400,
    UNSUPPORTED_VERSION,
    `Unsupported protocol version. Supported: ${modernVersions.join(', ')}; older ones begin ` +
      'with initialize.',
    { supported: modernVersions, requested: version.slice(0, 40) }
  )
}
