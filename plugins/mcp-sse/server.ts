import { readFileSync } from 'node:fs'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { type CallToolResult, CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError, type Tool as ListedTool } from '@modelcontextprotocol/sdk/types.js'
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv-provider.js'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findTool, isSetUp, toolsFor } from '../../tools/index.ts'
import { type Tool, ToolError, type ToolContext } from '../../tools/tool.ts'
import type { Credential } from '../auth/index.ts'

/** ChatGPT gives up on a call after a minute without closing the socket: answer before that. */
export const CALL_DEADLINE_MS = 50_000

const jsonSchemaValidator = new AjvJsonSchemaValidator() // shared: one of its own for each Server costs more than the rest of a call
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }

export const serverInfo = { name: 'kagura-memory', title: 'Kagura Memory', version }
const instructions = 'Long-term memory of the person you talk to, shared by all of their assistants. Search it when something from earlier could help; ' +
  'store what should be known next time: facts, preferences, decisions. Store one fact per key, with a telling key.'

/** A protocol server for one connection or request: tools/list and tools/call for whoever the credential is at that moment. */
export function mcpServer (app: FastifyInstance, request: FastifyRequest, currentCredential: () => Credential): Server {
  const server = new Server(serverInfo, { capabilities: { tools: { listChanged: true } }, instructions, jsonSchemaValidator })
  server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: toolsFor(currentCredential().principal, app.web.providers).map(listed) }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    return callTool(app, request, currentCredential(), params.name, params.arguments, signal)
  })
  return server
}

function listed ({ name, title, description, input, output, annotations }: Tool): ListedTool {
  const tool = { name, title, description, inputSchema: input, outputSchema: output, annotations: { title, ...annotations } }
  return tool as unknown as ListedTool
}

async function callTool (app: FastifyInstance, request: FastifyRequest, credential: Credential, name: string, args: unknown, cancelled: AbortSignal): Promise<CallToolResult> {
  const tool = findTool(name)
  if (!tool) throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${name}`)
  const { principal } = credential
  const started = performance.now()
  try {
    if (!isSetUp(tool, app.web.providers)) throw new ToolError(`${tool.name} is not set up on this server. Its operator can change that; kagura doctor says how.`)
    if (!toolsFor(principal, app.web.providers).includes(tool)) throw new ToolError(whyNot(tool, credential))
    const signal = AbortSignal.any([cancelled, AbortSignal.timeout(CALL_DEADLINE_MS)])
    const { MEMORY_QUOTA_COUNT: memories, MEMORY_QUOTA_BYTES: bytes } = app.config
    const context: ToolContext = { db: app.db, principal, quota: { memories, bytes }, publicUrl: app.publicUrl, web: app.web, signal }
    const { answer, text } = await Promise.race([tool.call(args, context), deadline(signal)])
    return { content: [{ type: 'text', text }], structuredContent: answer }
  } catch (error) {
    if (!(error instanceof ToolError)) request.log.error({ error, tool: tool.name }, 'tool failed')
    const text = error instanceof ToolError ? error.message : `The tool failed on our side; the log has it under request ${request.id}. Try again.`
    return { content: [{ type: 'text', text }], isError: true }
  } finally {
    request.log.info({ tool: tool.name, client: principal.source.name, ms: Math.round(performance.now() - started) }, 'tool call')
  }
}

/** What a person would have to change; asking for more scope is the HTTP layer's answer where it can help. */
function whyNot (tool: Tool, { kind, principal, grantable }: Credential): string {
  if (tool.groups.some((group) => principal.groups.has(group))) return `Your account may only read, and ${tool.name} writes. Ask the administrator for another role.`
  if (kind === 'api_key') return `This API key does not cover ${tool.name}; make one whose scope has ${tool.groups.map((group) => `mcp:${group}`).join(' or ')}.`
  return tool.groups.some((group) => grantable.has(group))
    ? `${tool.name} was not granted to this app; connect the app again and allow it.`
    : `This app is not registered for ${tool.name}; an administrator can widen the scope of the client.`
}

function deadline (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new ToolError(`The call took longer than ${CALL_DEADLINE_MS / 1000} s and was given up. Ask for less at once.`)), { once: true })
  })
}
