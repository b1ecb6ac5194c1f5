// npm run docs: writes docs/tools.md. With --sizes it only prints the size of tools/list for each
// profile. The exit code is 1 if a profile exceeds its limit.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { allTools } from '../../tools/index.ts'
import { listSize } from '../../tools/listing.ts'
import { toolProfiles, scopesFor } from '../../tools/profiles.ts'
import { toolGroups, groupTexts } from '../../tools/scopes.ts'
import type { Tool } from '../../tools/tool.ts'
import { root } from '../support/sources.ts'

export const PAGE = 'docs/tools.md'
/** Characters of tools/list. */
export const limits: Record<string, number> = { core: 10_000, full: 64_000 }

const meanings: Record<string, string> = {
  core: 'enough to remember and to find again',
  memory: 'everything of `mcp:memory`, links included',
  coding: 'everything of `mcp:coding`',
  web: 'everything of `mcp:web`',
  full: 'all tools; the MCP URL lists them by default'
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

Shorten the list on the MCP URL, on \`/api/v1/tools\` and on \`/openapi.json\`:

- \`?profile=memory,coding\` lists the tools of these profiles.
- \`?tools=memory_store,memory_recall\` lists these tools. Both together add up.
- A client may still call a tool that is not listed, if its scope covers it.

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

function scopeRow(group: (typeof toolGroups)[number] | undefined): string {
  const covered = allTools.filter((tool) => group === undefined || tool.groups.includes(group))
  const readers = covered.filter(({ annotations }) => annotations.readOnlyHint)
  const text = group ? groupTexts[group].text : 'Everything.'
  return `| \`mcp:${group ?? 'tools'}\` | ${text} | ${covered.length} | ${readers.length} |`
}

function section(tool: Tool): string {
  const { name, title, description, input, annotations } = tool
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
  return `### ${name}\n\n${title}. ${description}\n\n${effect}. Scope: ${scopes}.${setting}${table}`
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
  for (const [name, test] of Object.entries(toolProfiles)) {
    const size = listSize(allTools.filter(test))
    const count = String(allTools.filter(test).length).padStart(3)
    const limit = name in limits ? ` of ${limits[name]}` : ''
    console.log(
      `tools/list ${name.padEnd(6)} ${count} tools ${String(size).padStart(6)} characters${limit}`
    )
    if (size >= (limits[name] ?? Infinity)) process.exitCode = 1
  }
}
