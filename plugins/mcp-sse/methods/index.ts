import { RpcError } from '../../../lib/errors.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import { INTERNAL_ERROR, INVALID_PARAMS } from '../messages.ts'
import type { Method, MethodCall } from './method-call.ts'
import { getPrompt, listPrompts } from './prompts.ts'
import {
  completeArgument,
  listResources,
  listResourceTemplates,
  readResource
} from './resources.ts'
import { callTool, listTools } from './tools.ts'

/** The methods that every revision has. Each revision adds how it introduces itself. */
export const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['tools/list', listTools],
  ['tools/call', callTool],
  ['resources/list', listResources],
  ['resources/templates/list', listResourceTemplates],
  ['resources/read', readResource],
  ['prompts/list', listPrompts],
  ['prompts/get', getPrompt],
  ['completion/complete', completeArgument]
])

/**
 * The fault that a client learns of an error of a method. Logs every unexpected error, and hides
 * its text.
 */
export function faultOf({ request }: Pick<MethodCall, 'request'>, error: unknown): RpcError {
  if (error instanceof RpcError) return error
  if (error instanceof ToolError) return new RpcError(200, INVALID_PARAMS, error.message)
  request.log.error(error, 'method failed')
  return new RpcError(
    200,
    INTERNAL_ERROR,
    `This failed on our side; the log has it under request ${request.id}. Try again.`
  )
}
