import { isObject } from './json-values.ts'
import { commandName } from '../../../../lib/command-name.ts'

const claudeMembers = [
  'chat_messages',
  'conversations_memory',
  'project_memories',
  'is_starter_project',
  'prompt_template'
]

/** Recognizes the format of a JSON value by its members; undefined for an unknown one. */
export function recognizeFormat(value: unknown): { from: string; product: string } | undefined {
  if (Array.isArray(value)) return value.length > 0 ? recognizeFormat(value[0]) : undefined
  if (!isObject(value)) return undefined
  const hasAny = (...members: string[]) => members.some((member) => member in value)
  if (hasAny('mapping', 'current_node')) return { from: 'chatgpt', product: 'ChatGPT' }
  if (hasAny(...claudeMembers)) return { from: 'claude', product: 'Claude' }
  if (isClaudeCodeLine(value)) return { from: 'claude-code', product: 'Claude Code' }
  if (isCodexLine(value)) return { from: 'codex', product: 'Codex' }
  const isGraphLine = value['type'] === 'entity' || value['type'] === 'relation'
  if (isGraphLine || hasAny('entityType', 'entities')) {
    return { from: 'server-memory', product: 'server-memory' }
  }
  const recognizedProduct = productMarks.find(({ isMarked }) => isMarked(value))
  if (recognizedProduct) return { from: recognizedProduct.from, product: recognizedProduct.product }
  const firstListed = [value['results'], value['memories']].find(Array.isArray)?.[0]
  if (isMem0Memory(value) || isMem0Memory(firstListed)) return { from: 'mem0', product: 'mem0' }
  return undefined
}

/** Products whose exports a member gives away, in the value or in the first entry of its list. */
const productMarks: Array<{
  from: string
  product: string
  isMarked: (value: JsonObject) => boolean
}> = [
  {
    from: 'mcp-memory-service',
    product: 'mcp-memory-service',
    isMarked: (value) =>
      'export_metadata' in value || 'content_hash' in value || 'content_hash' in firstEntry(value)
  },
  {
    from: 'supermemory',
    product: 'supermemory',
    isMarked: (value) =>
      [value, firstEntry(value)].some((entry) =>
        ['memoryEntries', 'isLatest', 'containerTags', 'spaceContainerTag'].some(
          (name) => name in entry
        )
      )
  },
  {
    from: 'hindsight',
    product: 'hindsight',
    isMarked: (value) => 'source_bank_id' in value || ('facts' in value && 'retain_params' in value)
  },
  {
    from: 'claude-mem',
    product: 'claude-mem',
    isMarked: (value) => Array.isArray(value['observations']) && Array.isArray(value['summaries'])
  },
  {
    from: 'gemini',
    product: 'Gemini',
    isMarked: (value) => /gemini|bard/i.test(String(value['header'])) && 'title' in value
  }
]

type JsonObject = Record<string, unknown>

function firstEntry(value: JsonObject): JsonObject {
  const list = [value['memories'], value['documents'], value['results']].find(Array.isArray)
  return isObject(list?.[0]) ? list[0] : {}
}

function isClaudeCodeLine(value: Record<string, unknown>): boolean {
  return (
    typeof value['type'] === 'string' &&
    ('leafUuid' in value || 'parentUuid' in value || 'sessionId' in value)
  )
}

/** The first line of a transcript, with or without its envelope. */
function isCodexLine(value: Record<string, unknown>): boolean {
  return value['type'] === 'session_meta' || ('instructions' in value && 'timestamp' in value)
}

function isMem0Memory(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['id'] === 'string' &&
    (typeof value['memory'] === 'string' || typeof value['content'] === 'string')
  )
}

/** A sentence that names the right --from, with a leading blank; empty if the format is unknown. */
export function formatHint(value: unknown, from: string): string {
  const recognizedFormat = recognizeFormat(value)
  if (recognizedFormat && recognizedFormat.from !== from) {
    const { product, from: rightFormat } = recognizedFormat
    return ` It looks like ${product}'s: use --from ${rightFormat}.`
  }
  if (isObject(value) && 'memory_id' in value && 'agent_name' in value) {
    return ` It looks like what ${commandName} memory export --user EMAIL wrote: leave out --from.`
  }
  return ''
}
