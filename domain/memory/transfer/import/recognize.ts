import { isObject } from './json-values.ts'

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
  const firstListed = [value['results'], value['memories']].find(Array.isArray)?.[0]
  if (isMem0Memory(value) || isMem0Memory(firstListed)) return { from: 'mem0', product: 'mem0' }
  return undefined
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
    return ' It looks like what npx kagura memory export --user EMAIL wrote: leave out --from.'
  }
  return ''
}
