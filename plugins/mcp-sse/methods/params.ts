import { RpcError } from '../../../lib/errors.ts'
import { refuseLargeJson } from '../../../lib/json-limits.ts'
import { INVALID_PARAMS, isObject, type RpcParams } from '../messages.ts'

/** A fault of params: the request is answered in the ordinary way, with an error in its body. */
export function invalidParams(what: string, data: Record<string, unknown> = {}): RpcError {
  return new RpcError(200, INVALID_PARAMS, what, data)
}

function paramFault(what: string): RpcError {
  return invalidParams(`Invalid params: ${what}. Correct the request and send it again.`)
}

/** Throws RpcError -32602. */
export function textParam(params: RpcParams, name: string, path = name): string {
  const value = params[name]
  if (typeof value !== 'string') throw paramFault(`${path}: expected text`)
  return value
}

/** Throws RpcError -32602. */
export function optionalText(params: RpcParams, name: string): string | undefined {
  return params[name] === undefined ? undefined : textParam(params, name)
}

/** Throws RpcError -32602. */
export function objectParam(params: RpcParams, name: string, path = name): RpcParams {
  const value = params[name]
  if (!isObject(value)) throw paramFault(`${path}: expected an object`)
  return value
}

/** Throws RpcError -32602. */
export function optionalObject(params: RpcParams, name: string, path = name): RpcParams {
  return params[name] === undefined ? {} : objectParam(params, name, path)
}

/** An object whose values are texts, such as the arguments of a prompt. Throws RpcError -32602. */
export function optionalTexts(
  params: RpcParams,
  name: string,
  path = name
): Record<string, string> {
  const texts = optionalObject(params, name, path)
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value !== 'string') throw paramFault(`${path}.${key.slice(0, 100)}: expected text`)
  }
  return texts as Record<string, string>
}

/**
 * The arguments of a tool as clients send them: null, "" and [] count as none, and JSON text is
 * parsed. The tool checks everything else. Throws RpcError -32602.
 */
export function toolArguments(params: RpcParams): RpcParams {
  const value = parsedArguments(params['arguments'] ?? {})
  if (!isObject(value)) throw paramFault('arguments: expected an object')
  return value
}

function parsedArguments(value: unknown): unknown {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return {}
  if (typeof value !== 'string') return value
  try {
    refuseLargeJson(Buffer.from(value))
    return parsedArguments(JSON.parse(value))
  } catch {
    return value
  }
}
