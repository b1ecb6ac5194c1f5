import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
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
import { chosenTools, listedTool, UnknownChoiceError } from '../../tools/profiles.ts'
import type { Tool } from '../../tools/tool.ts'
import type { Credential } from '../auth/index.ts'
import { RpcError } from '../../lib/errors.ts'
import { version } from '../../lib/version.ts'
import { supportedVersions } from './messages.ts'
import { addPrompts, addResources } from './resources.ts'

/** ChatGPT gives up on a call after a minute without closing the socket: answer before that. */
const CALL_DEADLINE_MS = 50_000

/** Shared, because a new validator costs more than the rest of a call. */
const jsonSchemaValidator = new AjvJsonSchemaValidator()

const serverInfo = { name: 'kagura-memory', title: 'Kagura Memory', version }
const serverInstructions =
  'Long-term memory of the person you talk to, shared by all of their assistants. ' +
  'Search it when something from earlier could help; store what should be known next time: ' +
  'facts, preferences, decisions. Store one fact per key, with a descriptive key.'

/**
 * A protocol server for one connection or request: tools, memories as resources, and prompts of the
 * current credential. `?profile=` and `?tools=` in the URL shorten the list of tools. Throws
 * RpcError 400 for an unknown profile or tool.
 */
export function createMcpServer(
  app: FastifyInstance,
  request: FastifyRequest,
  currentCredential: () => Credential
): Server {
  const listedTools = toolsOfUrl(request)
  const mcpServer = new Server(serverInfo, {
    capabilities: { tools: { listChanged: true }, resources: {}, prompts: {}, completions: {} },
    instructions: serverInstructions,
    jsonSchemaValidator
  })
  mcpServer.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: toolsFor(currentCredential().principal, app.web.providers)
      .filter((tool) => listedTools.has(tool))
      .map(listedTool) as unknown as ListedTool[]
  }))
  mcpServer.setRequestHandler(
    CallToolRequestSchema,
    async ({ params }, { signal: cancelled }): Promise<CallToolResult> => {
      const tool = findTool(params.name)
      if (!tool) {
        throw new McpError(
          ErrorCode.InvalidParams,
          unknownTool(params.name, toolsFor(currentCredential().principal, app.web.providers))
        )
      }
      const toolAnswer = await app.toolCalls.call({
        tool,
        args: params.arguments,
        credential: currentCredential(),
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

function toolsOfUrl(request: FastifyRequest): ReadonlySet<Tool> {
  try {
    return chosenTools(request.url, 'full')
  } catch (error) {
    throw error instanceof UnknownChoiceError ? new RpcError(400, -32602, error.message) : error
  }
}
