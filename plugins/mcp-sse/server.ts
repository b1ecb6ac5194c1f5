import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  type CallToolRequest,
  type CallToolResult,
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool as ListedTool
} from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findTool, toolsFor, unknownTool } from '../../tools/index.ts'
import { serverInstructions } from '../../tools/instructions.ts'
import { chosenTools, UnknownChoiceError } from '../../tools/profiles.ts'
import type { Credential } from '../auth/index.ts'
import { RpcError } from '../../lib/errors.ts'
import { version } from '../../lib/version.ts'
import { supportedVersions } from './messages.ts'
import { listToolsJson } from '../tool-calls/index.ts'
import { addPrompts, addResources } from './resources.ts'

/** ChatGPT gives up on a call after a minute without closing the socket: answer before that. */
const CALL_DEADLINE_MS = 50_000

/** Shared, because a new validator costs more than the rest of a call. */
const jsonSchemaValidator = new AjvJsonSchemaValidator()

const serverInfo = { name: 'kagura-memory', title: 'Kagura Memory', version }

/**
 * A protocol server for one connection or request: tools, memories as resources, and prompts of the
 * current credential. `?profile=` and `?tools=` in the URL shorten the list of tools, else what the
 * person chose for the app. Throws RpcError 400 for an unknown profile or tool.
 */
export function createMcpServer(
  app: FastifyInstance,
  request: FastifyRequest,
  currentCredential: () => Credential
): Server {
  requireKnownTools(request)
  const mcpServer = new Server(serverInfo, {
    capabilities: { tools: { listChanged: true }, resources: {}, prompts: {}, completions: {} },
    instructions: serverInstructions,
    jsonSchemaValidator
  })
  mcpServer.setRequestHandler(ListToolsRequestSchema, async () => {
    const { principal } = currentCredential()
    const clientName = mcpServer.getClientVersion()?.name
    const toolsJson = await listToolsJson(app, { url: request.url, principal, clientName })
    return { tools: JSON.parse(toolsJson) as ListedTool[] }
  })
  mcpServer.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) =>
    callTool(app, request, currentCredential(), params, signal)
  )
  mcpServer.fallbackRequestHandler = async ({ method }) => {
    throw new McpError(
      ErrorCode.MethodNotFound,
      `Method not found: ${method.slice(0, 100)}`,
      method === 'server/discover' ? supportedVersions : undefined
    )
  }
  addResources(mcpServer, app, request, currentCredential)
  addPrompts(mcpServer, app, request, currentCredential)
  return mcpServer
}

/** Calls the tool. Throws McpError for an unknown tool; other failures are in the result. */
async function callTool(
  app: FastifyInstance,
  request: FastifyRequest,
  credential: Credential,
  { name, arguments: args }: CallToolRequest['params'],
  cancelled: AbortSignal
): Promise<CallToolResult> {
  const tool = findTool(name)
  if (!tool) {
    const callableTools = toolsFor(credential.principal, app.web.providers)
    throw new McpError(ErrorCode.InvalidParams, unknownTool(name, callableTools))
  }
  const toolAnswer = await app.toolCalls.call({
    tool,
    args,
    credential,
    request,
    via: 'mcp',
    cancelled,
    deadline: CALL_DEADLINE_MS
  })
  const content = [{ type: 'text' as const, text: toolAnswer.text }]
  return toolAnswer.outcome === 'ok'
    ? { content, structuredContent: toolAnswer.answer }
    : { content, isError: true }
}

function requireKnownTools(request: FastifyRequest): void {
  try {
    chosenTools(request.url, 'full')
  } catch (error) {
    throw error instanceof UnknownChoiceError ? new RpcError(400, -32602, error.message) : error
  }
}
