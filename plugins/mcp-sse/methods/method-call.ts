import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Credential } from '../../auth/index.ts'
import type { StreamRegistry } from '../stream-registry.ts'
import { isObject, type RpcParams } from '../messages.ts'
import { VIEW_TYPE } from './views.ts'
import type { Exchange } from './exchange.ts'
import type { FixtureCall, Fixtures } from './fixtures.ts'

/** What all MCP endpoints of this process share. */
export interface McpService {
  app: FastifyInstance
  streams: StreamRegistry
  fixtures: Fixtures | undefined
}

/** What a client told about itself: in each request, or when it introduced itself. */
export interface ClientTraits {
  name?: string | undefined
  /** Whether it shows views of MCP Apps. */
  showsViews?: boolean | undefined
  /** Known in each request of 2026-07-28 only. */
  capabilities?: RpcParams | undefined
}

/** A request for a method, whatever revision and transport it came by. */
export interface MethodCall {
  mcp: McpService
  request: FastifyRequest
  credential: Credential
  params: RpcParams
  client: ClientTraits
  exchange: Exchange
}

/** Answers a call with the result. Throws RpcError for what the client can correct. */
export type Method = (call: MethodCall) => object | Promise<object>

/** The longest name of a client that is kept. */
const MAX_NAME = 64

/** The id of MCP Apps among the extensions of a client. */
const VIEWS = 'io.modelcontextprotocol/ui'

/** What counts of `clientInfo` and `capabilities`, wherever a client sends them. */
export function clientTraits(clientInfo: unknown, capabilities: unknown): ClientTraits {
  const name = isObject(clientInfo) ? clientInfo['name'] : undefined
  const extensions = isObject(capabilities) ? capabilities['extensions'] : undefined
  const views = isObject(extensions) ? extensions[VIEWS] : undefined
  return {
    name: typeof name === 'string' ? name.slice(0, MAX_NAME) : undefined,
    showsViews: isObject(views) && takesHtml(views)
  }
}

function takesHtml({ mimeTypes }: RpcParams): boolean {
  return !Array.isArray(mimeTypes) || mimeTypes.includes(VIEW_TYPE)
}

/** What a fixture gets of a call. */
export function fixtureCall({ mcp, params, client, exchange }: MethodCall): FixtureCall {
  return {
    ...exchange,
    params,
    capabilities: client.capabilities,
    announce: (kind) => mcp.streams.announce(kind)
  }
}
