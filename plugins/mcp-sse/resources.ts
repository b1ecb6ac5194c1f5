import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema
} from '@modelcontextprotocol/sdk/types.js'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { limitContext } from '../../domain/context.ts'
import {
  completeArgument,
  listResources,
  readResource,
  URI_TEMPLATE
} from '../../domain/memory/resources.ts'
import { argumentOf, prompts } from '../../tools/prompts/index.ts'
import type { Principal } from '../../tools/tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { Credential } from '../auth/index.ts'
import type { ScopedWork } from '../tool-calls/index.ts'

/** MCP 2025-11-25, Server Features, Resources, Error Handling. */
const RESOURCE_NOT_FOUND = -32002
const TEXT_TYPE = 'text/plain'

/** The groups that reading needs, in the form of a tool, for requireScope. */
const memoryReading: ScopedWork = {
  name: 'Reading memories',
  groups: ['memory'],
  annotations: { readOnlyHint: true }
}
/** Methods besides tools/call that need a scope. */
export const scopedMethods: ReadonlyMap<string, typeof memoryReading> = new Map(
  ['resources/read', 'prompts/get'].map((method) => [method, memoryReading])
)

const memoryTemplate = {
  uriTemplate: URI_TEMPLATE,
  name: 'memory',
  title: 'Memory',
  description: 'A memory by its namespace (usually global) and its key.',
  mimeType: TEXT_TYPE
}

const mayRead = ({ permissions }: Principal) => permissions.has('memory:read')

/** Like a tool, a resource or a prompt holds only the namespaces of its caller. */
function contextOf({ db }: FastifyInstance, principal: Principal) {
  return limitContext({ db, principal })
}

/** What the handlers of one server need. */
interface HandlerContext {
  app: FastifyInstance
  request: FastifyRequest
  currentCredential: () => Credential
}

/**
 * Adds the memories of the current credential as resources: lists them in pages, reads them by
 * their URI, and completes the URI. Without the scope there are none.
 */
export function addResources(
  server: Server,
  app: FastifyInstance,
  request: FastifyRequest,
  currentCredential: () => Credential
): void {
  const context = { app, request, currentCredential }
  addResourceList(server, context)
  addResourceReading(server, context)
  addCompletion(server, context)
}

function addResourceList(
  server: Server,
  { app, request, currentCredential }: HandlerContext
): void {
  const filterErrors = errorFilter(request)
  server.setRequestHandler(ListResourcesRequestSchema, ({ params }) =>
    filterErrors(async () => {
      const { principal } = currentCredential()
      if (!mayRead(principal)) return { resources: [] }
      const { resources, next_cursor: nextCursor } = await listResources(
        contextOf(app, principal),
        params?.cursor
      )
      return {
        resources: resources.map(({ updated_at: updatedAt, ...resource }) => ({
          ...resource,
          mimeType: TEXT_TYPE,
          annotations: { lastModified: updatedAt.toISOString() }
        })),
        ...(nextCursor !== undefined && { nextCursor })
      }
    })
  )
  server.setRequestHandler(ListResourceTemplatesRequestSchema, async () => ({
    resourceTemplates: mayRead(currentCredential().principal) ? [memoryTemplate] : []
  }))
}

function addResourceReading(
  server: Server,
  { app, request, currentCredential }: HandlerContext
): void {
  const filterErrors = errorFilter(request)
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) =>
    filterErrors(async () => {
      const { principal } = currentCredential()
      const resource = mayRead(principal)
        ? await readResource(contextOf(app, principal), uri)
        : undefined
      if (!resource) {
        throw new McpError(
          RESOURCE_NOT_FOUND,
          'Resource not found: no memory has this address, or this app may not read it.',
          { uri }
        )
      }
      const { text, updated_at: updatedAt, truncated } = resource
      const _meta = { updated_at: updatedAt.toISOString(), truncated }
      return { contents: [{ uri, mimeType: TEXT_TYPE, text, _meta }] }
    })
  )
}

function addCompletion(server: Server, { app, request, currentCredential }: HandlerContext): void {
  const filterErrors = errorFilter(request)
  server.setRequestHandler(CompleteRequestSchema, ({ params: { ref, argument, context } }) =>
    filterErrors(async () => {
      const { principal } = currentCredential()
      const isMemoryTemplate =
        ref.type === 'ref/resource' && ref.uri === URI_TEMPLATE && mayRead(principal)
      if (!isMemoryTemplate) return { completion: { values: [] } }
      const { name, value } = argument
      const agentName = context?.arguments?.['agent_name']
      const values = await completeArgument(contextOf(app, principal), { name, value, agentName })
      return { completion: { values } }
    })
  )
}

/**
 * Adds the prompts that a person can pick. Their text contains stored memories, limited in length
 * and marked as data.
 */
export function addPrompts(
  server: Server,
  app: FastifyInstance,
  request: FastifyRequest,
  currentCredential: () => Credential
): void {
  const filterErrors = errorFilter(request)
  server.setRequestHandler(ListPromptsRequestSchema, async () => ({
    prompts: mayRead(currentCredential().principal)
      ? prompts.map(({ name, title, description, argument }) => ({
          name,
          title,
          description,
          arguments: [{ ...argument, required: false }]
        }))
      : []
  }))
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) =>
    filterErrors(async () => {
      const { principal } = currentCredential()
      const prompt = prompts.find(({ name }) => name === params.name)
      if (!prompt || !mayRead(principal)) {
        throw new McpError(ErrorCode.InvalidParams, `Unknown prompt: ${params.name}`)
      }
      const promptText = await prompt.text(
        argumentOf(prompt, params.arguments),
        contextOf(app, principal)
      )
      return {
        description: prompt.description,
        messages: [{ role: 'user' as const, content: { type: 'text' as const, text: promptText } }]
      }
    })
  )
}

/** Passes on errors that the client may see. Logs every other error and hides its text. */
function errorFilter(request: FastifyRequest) {
  return async function filterErrors<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof McpError) throw error
      if (error instanceof ToolError) throw new McpError(ErrorCode.InvalidParams, error.message)
      request.log.error(error, 'resource or prompt failed')
      throw new McpError(
        ErrorCode.InternalError,
        `This failed on our side; the log has it under request ${request.id}. Try again.`
      )
    }
  }
}
