import { isObject } from './json-values.ts'

/** The --from for a value of somebody's file, with the product's name; undefined when unknown. */
export function recognizeFormat(value: unknown): { from: string; product: string } | undefined {
  if (Array.isArray(value)) return value.length > 0 ? recognizeFormat(value[0]) : undefined
  if (!isObject(value)) return undefined
  const has = (...names: string[]) => names.some((name) => name in value)
  if (has('mapping', 'current_node')) return { from: 'chatgpt', product: 'ChatGPT' }
  if (
    has(
      'chat_messages',
      'conversations_memory',
      'project_memories',
      'is_starter_project',
      'prompt_template'
    )
  ) {
    return { from: 'claude', product: 'Claude' }
  }
  if (value['type'] === 'entity' || value['type'] === 'relation' || has('entityType', 'entities')) {
    return { from: 'server-memory', product: 'server-memory' }
  }
  const listed = [value['results'], value['memories']].find(Array.isArray)?.[0]
  if (isMem0(value) || isMem0(listed)) return { from: 'mem0', product: 'mem0' }
  return undefined
}

function isMem0(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value['id'] === 'string' &&
    (typeof value['memory'] === 'string' || typeof value['content'] === 'string')
  )
}

/** A sentence that names the right --from, with a space before it; empty when none is known. */
export function formatHint(value: unknown, from: string): string {
  const format = recognizeFormat(value)
  if (format && format.from !== from) {
    return ` It looks like ${format.product}'s: use --from ${format.from}.`
  }
  if (isObject(value) && 'memory_id' in value && 'agent_name' in value) {
    return ' It looks like what npx kagura memory export --user EMAIL wrote: leave out --from.'
  }
  return ''
}
