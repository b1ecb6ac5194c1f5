import {
  LATEST_PROTOCOL_VERSION,
  SUPPORTED_PROTOCOL_VERSIONS
} from '@modelcontextprotocol/sdk/types.js'
import { clientTraits, type ClientTraits, type McpService } from '../methods/method-call.ts'
import { objectParam, textParam } from '../methods/params.ts'
import { serverInstructions } from '../../../tools/instructions.ts'
import { introduction, serverCapabilities } from '../methods/server-info.ts'
import type { RpcParams } from '../messages.ts'

/**
 * Introduces the server. The client gets the version that it proposes, or the newest that begins
 * with `initialize`: never 2026-07-28, which has no such method. Throws RpcError -32602.
 */
export function initialize(mcp: McpService, params: RpcParams): object {
  const proposedVersion = textParam(params, 'protocolVersion')
  objectParam(params, 'capabilities')
  textParam(objectParam(params, 'clientInfo'), 'name', 'clientInfo.name')
  return {
    protocolVersion: SUPPORTED_PROTOCOL_VERSIONS.includes(proposedVersion)
      ? proposedVersion
      : LATEST_PROTOCOL_VERSION,
    capabilities: serverCapabilities(mcp),
    serverInfo: introduction(mcp.app),
    instructions: serverInstructions
  }
}

/** What the client says about itself in `initialize`. */
export function introducedClient(params: RpcParams): ClientTraits {
  return clientTraits(params['clientInfo'], params['capabilities'])
}
