// npm run docs: writes docs/tools.md. With --sizes it only prints the size of tools/list for each
// list. The exit code is 1 if a list exceeds its limit.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { allTools } from '../../tools/index.ts'
import { listSize } from '../../tools/listing.ts'
import { toolLists } from '../../tools/lists.ts'
import { toolProfiles, scopesFor } from '../../tools/profiles.ts'
import { toolGroups, groupTexts } from '../../tools/scopes.ts'
import { describeTool, type Tool } from '../../tools/tool.ts'
import { root } from '../support/sources.ts'

export const PAGE = 'docs/tools.md'
interface MeasuredList {
  name: string
  tools: readonly Tool[]
  /** Characters of tools/list that it must stay below. */
  limit?: number
}

/** The lists that clients can get, with their limits. */
export const measuredLists: readonly MeasuredList[] = [
  { name: 'essential', tools: [...toolLists.essential], limit: 10_000 },
  { name: 'essential and coding', tools: [...toolLists.coding], limit: 18_000 },
  { name: 'everything', tools: allTools, limit: 64_000 },
  ...Object.entries(toolProfiles).map(([profile, isListed]) => ({
    name: `?profile=${profile}`,
    tools: allTools.filter(isListed)
  }))
]

const meanings: Record<string, string> = {
  core: 'Essential: enough to remember and to find again',
  memory: 'everything of `mcp:memory`, links included',
  coding: 'everything of `mcp:coding`',
  web: 'everything of `mcp:web`',
  full: 'all tools'
}

const origin = '`npm run docs` writes this page from the code, and a test compares the two.'

/** Returns the catalogue as a Markdown page, generated from the tools. */
export function cataloguePage(): string {
  const sections = toolGroups
    .map((group) => [group, allTools.filter((tool) => tool.groups[0] === group)] as const)
    .filter(([, list]) => list.length > 0)
  return `# Tools

There are ${allTools.length} tools. ${origin}

- A call needs any one of the tool's scopes. \`mcp:tools\` covers all tools, and a scope that ends in \`:read\` those that only read.
- People with the role \`read_only\` have the tools that only read.
- Names may have the older prefix \`kagura_tool_\`. Numbers and JSON may come in strings.

| scope | what it allows | tools | of these only read |
|---|---|---|---|
${[...toolGroups, undefined].map((group) => scopeRow(group)).join('\n')}

## Lists

A long list costs room in every conversation, so MCP clients get a short one by default:

| list | who gets it | tools | characters of \`tools/list\` |
|---|---|---|---|
${listRow(0, 'everybody')}
${listRow(1, 'who granted `mcp:coding` by name, and clients that call themselves coding tools')}
${listRow(2, 'who asks for it, and credentials that cover no memories')}

- Essential has ${nameTools(toolLists.essential)}.
- Coding adds ${nameTools([...toolLists.coding].filter((tool) => !toolLists.essential.has(tool)))}.
- A client may call every tool by its name, if its scope covers it. \`memory_get_tool_list\` tells it which there are.
- The person chooses a list for each app and key under *Apps & keys*.
- Short lists have no output schemas and leave out rare arguments. The tools take and answer the same.

The URL counts more than all of that, on MCP, on \`/api/v1/tools\` and on \`/openapi.json\`:

- \`?profile=memory,coding\` lists the tools of these profiles.
- \`?tools=memory_store,memory_recall\` lists these tools. Both together add up.

| profile | contents | tools | characters of \`tools/list\` |
|---|---|---|---|
${Object.entries(toolProfiles)
  .map(
    ([name, test]) =>
      `| \`${name}\` | ${meanings[name]} | ${allTools.filter(test).length} | ${listSize(allTools.filter(test))} |`
  )
  .join('\n')}

${sections
  .map(([group, list]) => `## ${groupTexts[group].title}\n\n${list.map(section).join('\n\n')}`)
  .join('\n\n')}
`
}

function listRow(index: number, audience: string): string {
  const { name, tools } = measuredLists[index]!
  return `| ${name} | ${audience} | ${tools.length} | ${listSize(tools)} |`
}

function nameTools(tools: Iterable<Tool>): string {
  return [...tools].map(({ name }) => `\`${name}\``).join(', ')
}

function scopeRow(group: (typeof toolGroups)[number] | undefined): string {
  const covered = allTools.filter((tool) => group === undefined || tool.groups.includes(group))
  const readers = covered.filter(({ annotations }) => annotations.readOnlyHint)
  const text = group ? groupTexts[group].text : 'Everything.'
  return `| \`mcp:${group ?? 'tools'}\` | ${text} | ${covered.length} | ${readers.length} |`
}

function section(tool: Tool): string {
  const { name, title, input, annotations } = tool
  const effect = annotations.readOnlyHint
    ? 'Reads only'
    : annotations.destructiveHint
      ? 'Writes, and may replace or delete'
      : 'Writes'
  const required = (input.required as string[] | undefined) ?? []
  const rows = Object.entries(input.properties as Record<string, Schema>).map(
    ([argument, schema]) => {
      const label = `\`${argument}\`${required.includes(argument) ? ', required' : ''}`
      return `| ${label} | ${typeText(schema)} | ${cell(schema.description ?? '')} |`
    }
  )
  const table =
    rows.length > 0
      ? `\n\n| argument | type | meaning |\n|---|---|---|\n${rows.join('\n')}`
      : '\n\nIt takes no arguments.'
  const scopes = scopesFor(tool)
    .filter((scope) => !scope.startsWith('mcp:tools'))
    .map((scope) => `\`${scope}\``)
    .join(' or ')
  const setting = tool.needs?.includes('brave') ? ' Only there with `BRAVE_SEARCH_API_KEY`.' : ''
  return `### ${name}\n\n${title}. ${describeTool(tool)}\n\n${effect}. Scope: ${scopes}.${setting}${table}`
}

interface Schema {
  type?: string
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  items?: Schema
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
}

function typeText(schema: Schema): string {
  const {
    type = 'any JSON',
    minimum,
    maximum,
    maxLength,
    maxItems,
    items,
    default: fallback
  } = schema
  const choices =
    schema.enum ??
    schema.anyOf?.map((choice) => choice.const).filter((value) => value !== undefined)
  const parts = [
    choices?.length
      ? choices.map((choice) => `\`${String(choice)}\``).join(', ')
      : items?.type
        ? `${type} of ${items.type}`
        : schema.anyOf
          ? schema.anyOf.map(typeText).join(' or ')
          : type
  ]
  if (minimum !== undefined || maximum !== undefined) {
    parts.push(`${minimum ?? ''} to ${maximum ?? ''}`.trim())
  }
  if (maxLength !== undefined) parts.push(`at most ${maxLength} characters`)
  if (maxItems !== undefined) parts.push(`at most ${maxItems}`)
  if (fallback !== undefined) parts.push(`default \`${JSON.stringify(fallback)}\``)
  return cell(parts.join('; '))
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!process.argv.includes('--sizes')) writeFileSync(join(root, PAGE), cataloguePage())
  for (const { name, tools, limit } of measuredLists) {
    const size = listSize(tools)
    const limitText = limit === undefined ? '' : `, must be less than ${limit}`
    console.log(
      `tools/list ${name.padEnd(20)} ${String(tools.length).padStart(3)} tools ` +
        `${String(size).padStart(6)} characters${limitText}`
    )
    if (size >= (limit ?? Infinity)) process.exitCode = 1
  }
}
