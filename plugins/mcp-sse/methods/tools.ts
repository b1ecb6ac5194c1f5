import { RpcError } from '../../../lib/errors.ts'
import { findTool, toolsFor, unknownTool } from '../../../tools/index.ts'
import { chosenTools, UnknownChoiceError } from '../../../tools/profiles.ts'
import { listToolsJson } from '../../tool-calls/index.ts'
import { INVALID_PARAMS, JsonText } from '../messages.ts'
import { fixtureCall, type MethodCall } from './method-call.ts'
import { invalidParams, textParam, toolArguments } from './params.ts'
import { viewExtras } from './views.ts'

/** ChatGPT gives up on a call after a minute without closing the socket: answer before that. */
const CALL_DEADLINE_MS = 50_000

/**
 * The tools of the credential, from text that is prepared once. `?profile=` and `?tools=` in the
 * URL shorten the list, else what the person chose for the app, else the client's name.
 */
export async function listTools({
  mcp: { app, fixtures },
  request,
  credential: { principal },
  client
}: MethodCall): Promise<object> {
  const { url } = request
  const toolsJson = await listToolsJson(app, {
    url,
    principal,
    clientName: client.name,
    ...(client.showsViews && { extras: viewExtras })
  })
  if (!fixtures?.tools) return new JsonText(`{"tools":${toolsJson}}`)
  const listings = fixtures.tools.map(({ listing }) => listing)
  return { tools: [...(JSON.parse(toolsJson) as object[]), ...listings] }
}

/** Calls the tool. Throws RpcError for an unknown tool; other failures are in the result. */
export async function callTool(call: MethodCall): Promise<object> {
  const { mcp, request, credential, params, exchange } = call
  const { app } = mcp
  const name = textParam(params, 'name')
  const args = toolArguments(params)
  const fixture = mcp.fixtures?.tools?.find(({ listing }) => listing.name === name)
  if (fixture) return fixture.call(args, fixtureCall(call))
  const tool = findTool(name)
  if (!tool) {
    throw invalidParams(unknownTool(name, toolsFor(credential.principal, app.web.providers)))
  }
  const toolAnswer = await app.toolCalls.call({
    tool,
    args,
    credential,
    request,
    via: 'mcp',
    canceller: exchange.canceller,
    progress: exchange.progress,
    confirm: exchange.input?.canConfirm ? (message) => exchange.input!.confirm(message) : undefined,
    deadline: CALL_DEADLINE_MS
  })
  const content = [{ type: 'text', text: toolAnswer.text }]
  return toolAnswer.outcome === 'ok'
    ? { content, structuredContent: toolAnswer.answer }
    : { content, isError: true }
}

/** Throws RpcError 400 if `?profile=` or `?tools=` of the URL has an unknown name. */
export function requireKnownTools(url: string): void {
  if (!url.includes('?')) return
  try {
    chosenTools(url, 'full')
  } catch (error) {
    throw error instanceof UnknownChoiceError
      ? new RpcError(400, INVALID_PARAMS, error.message)
      : error
  }
}
