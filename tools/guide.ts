import { type Static, Type } from 'typebox'
import { closed } from '../domain/memory/fields.ts'
import type { WebProvider } from '../domain/web/access.ts'
import { quantity } from '../lib/quantity.ts'
import { ToolError } from '../lib/tool-error.ts'
import { readOnly } from './annotations.ts'
import { limitInput } from './input/namespaces.ts'
import { essentialNames } from './list-names.ts'
import { describeTool, type Principal, type Tool, tool, type ToolContext } from './tool.ts'

const NamedTool = Type.Object(
  {
    name: Type.String(),
    group: Type.String(),
    summary: Type.String(),
    arguments: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
  },
  closed
)
type NamedTool = Static<typeof NamedTool>

/** The tools that a principal may call, of those that are set up. */
export type CallableTools = (
  principal: Principal,
  providers: ReadonlySet<WebProvider>
) => readonly Tool[]

/**
 * A tool that tells a model what else it can call: lists are short by default. It is a tool and
 * no prompt, since only people start prompts, and a model that misses something asks at once.
 */
export function guideTool(callableTools: CallableTools): Tool {
  return tool({
    name: 'memory_get_tool_list',
    title: 'See more tools',
    description:
      'Names the tools beyond your list and says how to call them: links between memories, ' +
      'long documents, statistics, coding, the web. Use it when no listed tool fits; for ' +
      'memories, use memory_search.',
    example: { tool: 'graph_link' },
    groups: ['memory'],
    annotations: readOnly,
    input: Type.Object(
      {
        tool: Type.Optional(
          Type.String({
            maxLength: 64,
            description: 'Name of one tool, to see its arguments too.'
          })
        )
      },
      closed
    ),
    output: Type.Object({ tools: Type.Array(NamedTool), how_to_call: Type.String() }, closed),
    async run({ tool: toolName }, context) {
      const offeredTools = callableTools(context.principal, context.web.providers)
      return {
        tools:
          toolName === undefined
            ? offeredTools.filter(({ name }) => !essentialNames.includes(name)).map(shortEntry)
            : [wholeEntry(findAmong(offeredTools, toolName), context)],
        how_to_call: howToCall(context)
      }
    },
    text: ({ tools, how_to_call: howTo }) =>
      [`${quantity(tools.length, 'tool')}:`, ...tools.map(entryText), howTo].join('\n')
  })
}

function findAmong(offeredTools: readonly Tool[], toolName: string): Tool {
  const bareName = toolName.replace(/^kagura_tool_/, '')
  const namedTool = offeredTools.find(({ name }) => name === bareName)
  if (namedTool) return namedTool
  throw new ToolError(
    `You have no tool "${toolName}". Call memory_get_tool_list without arguments to see the names.`
  )
}

function shortEntry({ name, groups: [group], description }: Tool): NamedTool {
  return { name, group, summary: /^.*?[.?!](?= |$)/.exec(description)?.[0] ?? description }
}

function wholeEntry(namedTool: Tool, { principal }: ToolContext): NamedTool {
  const { name, groups, input } = namedTool
  return {
    name,
    group: groups[0],
    summary: describeTool(namedTool),
    arguments: { ...limitInput(input, principal) }
  }
}

function entryText({ name, summary, arguments: schema }: NamedTool): string {
  return `- ${name}: ${summary}${schema ? `\n  Arguments: ${JSON.stringify(schema)}` : ''}`
}

/** A client may refuse names that its list does not have; then only the person can lengthen it. */
function howToCall({ publicUrl }: ToolContext): string {
  return (
    'Call one by its name, also if your list does not have it. ' +
    'If your app refuses that, ask the person to choose "Everything" for this app at ' +
    `${publicUrl}/apps, or to add ?profile=full to its MCP URL. ` +
    `Programs can POST the arguments to ${publicUrl}/api/v1/tools/NAME.`
  )
}
