import { ToolError } from '../tool.ts'
import { conversationItems, factItem, lineOf } from './conversation.ts'
import { type Format, isObject, type Item, listOf, textOf, timeOf } from './item.ts'
import { elementsOf } from './json-text.ts'

/**
 * ChatGPT's data export, unpacked: conversations.json, since 2026 in pieces (conversations-000.json ...), each an array of conversations. OpenAI describes it nowhere;
 * this follows what published readers agree on (github.com/mitkury/chatgpt-export-parser docs/chatgpt-data-export-format.md; basic-memory's chatgpt_importer.py):
 * { conversation_id or id, title, create_time, current_node, mapping: { id: { parent, children, message } } }, times in seconds since 1970. What the person saw is the line
 * from current_node to the root; a message has author.role, recipient, metadata and content { content_type, parts }.
 * There is no list of memories: what ChatGPT remembered are the messages to `bio`, the last model_set_context, and the custom instructions (user_editable_context).
 */
export const chatgpt: Format = {
  name: 'chatgpt',
  title: 'ChatGPT',
  takes: 'conversations.json of ChatGPT\'s data export, or the unpacked folder',
  picks: (path) => /(^|\/)conversations(-\d+)?\.json$/.test(path),
  async * read (files) {
    const remembered = new Remembered()
    for (const file of files) {
      for await (const { value, place } of elementsOf(file)) {
        if (!isObject(value) || !isObject(value['mapping'])) throw new ToolError(`${place} is no conversation of ChatGPT's: it has no mapping.`)
        yield * conversation(value, value['mapping'], place, remembered)
      }
    }
    yield * remembered.items()
  }
}

type Message = Record<string, unknown>

function * conversation (value: Record<string, unknown>, mapping: Record<string, unknown>, place: string, remembered: Remembered): Generator<Item> {
  const id = textOf(value['conversation_id']) || textOf(value['id'])
  if (id === '') throw new ToolError(`${place} has no conversation_id.`)
  const nodes = new Map(Object.entries(mapping).filter((entry): entry is [string, Record<string, unknown>] => isObject(entry[1])))
  const messageOf = (node: string) => nodes.get(node)?.['message']
  const tree = new Map([...nodes].map(([name, node]) => {
    const message = node['message']
    return [name, { parent: textOf(node['parent']) || null, at: isObject(message) ? Number(message['create_time'] ?? 0) : 0 }]
  }))
  const messages = lineOf(tree, value['current_node']).flatMap((node) => {
    const message = messageOf(node)
    if (!isObject(message)) return []
    const at = timeOf(message['create_time'])
    if (remembered.take(message, at ?? timeOf(value['create_time']))) return []
    const speaker = speakerOf(message)
    return speaker === undefined ? [] : [{ id: node, speaker, text: saidIn(message), at }]
  })
  yield * conversationItems({ product: 'chatgpt', id, title: textOf(value['title']), at: timeOf(value['create_time']), messages })
}

/** Who speaks to whom the person could see; undefined for tools, thoughts and what is hidden. */
function speakerOf ({ author, recipient, metadata, content }: Message): string | undefined {
  const role = isObject(author) ? author['role'] : undefined
  const hidden = isObject(metadata) && metadata['is_visually_hidden_from_conversation'] === true
  const type = isObject(content) ? content['content_type'] : undefined
  if (hidden || (textOf(recipient) || 'all') !== 'all' || !['text', 'multimodal_text', 'code', undefined].includes(type as string)) return undefined
  return role === 'user' ? 'user' : role === 'assistant' ? 'ChatGPT' : undefined
}

/** The text of a message: its parts that are text, or a transcript of what was spoken; without the marks of citations, which lead nowhere outside. */
function saidIn ({ content }: Message): string {
  if (!isObject(content)) return ''
  const parts = listOf(content['parts']).map((part) => typeof part === 'string' ? part : isObject(part) ? textOf(part['text']) : '')
  return (parts.length > 0 ? parts.filter(Boolean).join('\n') : textOf(content['text'])).replace(/[ \t]*\ue200[^\ue201]*\ue201/g, '').trim()
}

/** What ChatGPT remembers of the person, gathered over all conversations. */
class Remembered {
  readonly #facts = new Map<string, Date | null>()
  #list: { facts: string[], at: Date | null } | undefined
  readonly #instructions = new Map<string, { text: string, at: Date | null }>()

  /** Whether the message is of this kind; if so it is no part of the conversation. */
  take ({ author, recipient, content, metadata }: Message, at: Date | null): boolean {
    const { content_type: type, ...fields } = isObject(content) ? content : {}
    if (isObject(author) && author['role'] === 'assistant' && recipient === 'bio') {
      for (const fact of saidIn({ content }).split('\n')) if (fact.trim() && !this.#facts.has(fact.trim())) this.#facts.set(fact.trim(), at)
      return true
    }
    const data = isObject(metadata) && isObject(metadata['user_context_message_data']) ? metadata['user_context_message_data'] : undefined
    if (type === 'model_editable_context') {
      const facts = textOf(fields['model_set_context']).split('\n').flatMap((line) => /^\s*\d+\.\s*(?:\[[^\]]*\]\.?\s*)?(\S.*)$/.exec(line)?.[1]?.trim() ?? [])
      if (facts.length > 0 && !newer(this.#list?.at, at)) this.#list = { facts, at }
      return true
    }
    if (type !== 'user_editable_context' && !data) return false
    for (const [name, text] of [
      ['about the person', textOf(fields['user_profile']) || textOf(data?.['about_user_message'])],
      ['custom instructions', textOf(fields['user_instructions']) || textOf(data?.['about_model_message'])]
    ] as const) {
      if (text.trim() && !newer(this.#instructions.get(name)?.at, at)) this.#instructions.set(name, { text: withoutFence(text), at })
    }
    return true
  }

  * items (): Generator<Item> {
    for (const [name, { text, at }] of this.#instructions) yield { memory: { key: `chatgpt/${name}`, value: text, type: 'preference', occurred_at: at } }
    for (const fact of this.#list?.facts ?? []) if (!this.#facts.has(fact)) this.#facts.set(fact, this.#list!.at)
    for (const [fact, at] of this.#facts) yield factItem('chatgpt', fact, at)
  }
}

function newer (known: Date | null | undefined, at: Date | null): boolean {
  return known !== undefined && known !== null && (at === null || known > at)
}

/** What the person wrote stands in a fence, with words of ChatGPT's around it. */
function withoutFence (text: string): string {
  return (/```(?:[a-z]*\n)?([^]*?)```/.exec(text)?.[1] ?? text).trim()
}
