import { errorText, jsonOf, METHOD_NOT_FOUND, resultText, type RpcRequest } from '../messages.ts'
import { faultOf, methods } from '../methods/index.ts'
import type { MethodCall } from '../methods/method-call.ts'
import { ResourceNotFoundError } from '../methods/resources.ts'
import { initialize } from './initialize.ts'
import { supportedVersions } from './messages.ts'

/** MCP 2025-11-25, Server Features, Resources, Error Handling. */
const RESOURCE_NOT_FOUND = -32002

/** Answers a request of a revision before 2026-07-28: the text of its result or error. */
export async function answerRequest(
  { id, method, params }: RpcRequest,
  context: Omit<MethodCall, 'params'>
): Promise<string> {
  try {
    const result = await resultOf(method, { ...context, params })
    return result === undefined
      ? errorText(id, unknownMethod(method))
      : resultText(id, jsonOf(result))
  } catch (error) {
    const { code, message, data } = faultOf(context, error)
    const isMissing = error instanceof ResourceNotFoundError
    return errorText(id, { code: isMissing ? RESOURCE_NOT_FOUND : code, message, data })
  }
}

/** Undefined for a method that these revisions, or this server, do not have. */
function resultOf(method: string, call: MethodCall): object | Promise<object> | undefined {
  if (method === 'initialize') return initialize(call.mcp, call.params)
  if (method === 'ping') return {}
  return methods.get(method)?.(call) ?? call.mcp.fixtures?.olderMethods?.[method]?.(call.params)
}

function unknownMethod(method: string) {
  return {
    code: METHOD_NOT_FOUND,
    message: `Method not found: ${method.slice(0, 100)}`,
    data: method === 'server/discover' ? supportedVersions : undefined
  }
}
