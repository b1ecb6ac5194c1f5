import { limitContext } from '../../../domain/context.ts'
import * as memoryResources from '../../../domain/memory/resources.ts'
import { RpcError } from '../../../lib/errors.ts'
import type { Principal } from '../../../tools/tool.ts'
import type { ScopedWork } from '../../tool-calls/index.ts'
import { INVALID_PARAMS, type RpcParams } from '../messages.ts'
import type { MethodCall } from './method-call.ts'
import { objectParam, optionalObject, optionalText, optionalTexts, textParam } from './params.ts'
import { memoryView, viewContents } from './views.ts'

const TEXT_TYPE = 'text/plain'

/** There is no such resource. Before 2026-07-28 this had a code of its own. */
export class ResourceNotFoundError extends RpcError {
  override name = 'ResourceNotFoundError'
  constructor(uri: string) {
    const message = 'Resource not found: no memory has this address, or this app may not read it.'
    super(200, INVALID_PARAMS, message, { uri })
  }
}

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
  uriTemplate: memoryResources.URI_TEMPLATE,
  name: 'memory',
  title: 'Memory',
  description: 'A memory by its namespace (usually global) and its key.',
  mimeType: TEXT_TYPE
}

export const mayRead = ({ permissions }: Principal) => permissions.has('memory:read')

/** Like a tool, a resource or a prompt holds only the namespaces of its caller. */
export function dataContext({ mcp: { app }, credential: { principal } }: MethodCall) {
  const { db } = app
  return limitContext({ db, principal })
}

/** A page of the memories as resources. */
export async function listResources(call: MethodCall): Promise<object> {
  const cursor = optionalText(call.params, 'cursor')
  const isFirstPage = cursor === undefined
  const fixtures = (call.mcp.fixtures?.resources ?? []).map(({ listing }) => listing)
  if (!mayRead(call.credential.principal)) return { resources: fixtures }
  const { resources, next_cursor: nextCursor } = await memoryResources.listResources(
    dataContext(call),
    cursor
  )
  const memories = resources.map(({ updated_at: updatedAt, ...resource }) => ({
    ...resource,
    mimeType: TEXT_TYPE,
    annotations: { lastModified: updatedAt.toISOString() }
  }))
  return {
    resources: [
      ...fixtures,
      ...(call.client.showsViews && isFirstPage ? [memoryView] : []),
      ...memories
    ],
    ...(nextCursor !== undefined && { nextCursor })
  }
}

export function listResourceTemplates({ mcp, credential: { principal } }: MethodCall): object {
  return {
    resourceTemplates: [
      ...(mayRead(principal) ? [memoryTemplate] : []),
      ...(mcp.fixtures?.templates ?? []).map(({ listing }) => listing)
    ]
  }
}

/** The content under an address. Throws ResourceNotFoundError. */
export async function readResource(call: MethodCall): Promise<object> {
  const uri = textParam(call.params, 'uri')
  const contents = uri === memoryView.uri ? viewContents() : fixtureContents(call, uri)
  if (contents) return { contents }
  const resource = mayRead(call.credential.principal)
    ? await memoryResources.readResource(dataContext(call), uri)
    : undefined
  if (!resource) throw new ResourceNotFoundError(uri)
  const { text, updated_at: updatedAt, truncated } = resource
  const _meta = { updated_at: updatedAt.toISOString(), truncated }
  return { contents: [{ uri, mimeType: TEXT_TYPE, text, _meta }] }
}

function fixtureContents({ mcp: { fixtures } }: MethodCall, uri: string): object[] | undefined {
  const resource = fixtures?.resources?.find(({ listing }) => listing.uri === uri)
  if (resource) return resource.contents
  for (const { read } of fixtures?.templates ?? []) {
    const contents = read(uri)
    if (contents) return contents
  }
  return undefined
}

/** Values that complete the address of a memory. Nothing else is completed. */
export async function completeArgument(call: MethodCall): Promise<object> {
  const { params } = call
  const ref = objectParam(params, 'ref')
  const refType = textParam(ref, 'type', 'ref.type')
  const argument = objectParam(params, 'argument')
  const name = textParam(argument, 'name', 'argument.name')
  const value = textParam(argument, 'value', 'argument.value')
  const isMemoryTemplate =
    refType === 'ref/resource' && textParam(ref, 'uri', 'ref.uri') === memoryTemplate.uriTemplate
  if (!isMemoryTemplate || !mayRead(call.credential.principal)) {
    return { completion: { values: call.mcp.fixtures?.complete?.(params) ?? [] } }
  }
  const agentName = chosenArguments(params)['agent_name']
  const values = await memoryResources.completeArgument(dataContext(call), {
    name,
    value,
    agentName
  })
  return { completion: { values } }
}

/** The arguments that the person has chosen before. */
function chosenArguments(params: RpcParams): Record<string, string> {
  return optionalTexts(optionalObject(params, 'context'), 'arguments', 'context.arguments')
}
