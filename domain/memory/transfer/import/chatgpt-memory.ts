import { factItem } from './conversation.ts'
import { isObject, type ImportItem, textOrEmpty } from './item.ts'

type Message = Record<string, unknown>

/**
 * What ChatGPT remembers of the person, gathered over all conversations. The export holds no list
 * of it: it is in the messages to `bio`, the last model_set_context, and the custom instructions
 * (user_editable_context).
 */
export class RememberedFacts {
  readonly #facts = new Map<string, Date | null>()
  #list: { facts: string[]; at: Date | null } | undefined
  readonly #instructions = new Map<string, { text: string; at: Date | null }>()

  /** Whether the message is of this kind; if so it is no part of the conversation. */
  take({ author, recipient, content, metadata }: Message, at: Date | null): boolean {
    const { content_type: type, ...fields } = isObject(content) ? content : {}
    if (isObject(author) && author['role'] === 'assistant' && recipient === 'bio') {
      for (const fact of factsIn(content)) if (!this.#facts.has(fact)) this.#facts.set(fact, at)
      return true
    }
    const data =
      isObject(metadata) && isObject(metadata['user_context_message_data'])
        ? metadata['user_context_message_data']
        : undefined
    if (type === 'model_editable_context') {
      const facts = textOrEmpty(fields['model_set_context'])
        .split('\n')
        .flatMap((line) => /^\s*\d+\.\s*(?:\[[^\]]*\]\.?\s*)?(\S.*)$/.exec(line)?.[1]?.trim() ?? [])
      if (facts.length > 0 && !newer(this.#list?.at, at)) this.#list = { facts, at }
      return true
    }
    if (type !== 'user_editable_context' && !data) return false
    for (const [name, text] of [
      [
        'about the person',
        textOrEmpty(fields['user_profile']) || textOrEmpty(data?.['about_user_message'])
      ],
      [
        'custom instructions',
        textOrEmpty(fields['user_instructions']) || textOrEmpty(data?.['about_model_message'])
      ]
    ] as const) {
      if (text.trim() && !newer(this.#instructions.get(name)?.at, at)) {
        this.#instructions.set(name, { text: withoutFence(text), at })
      }
    }
    return true
  }

  *items(): Generator<ImportItem> {
    for (const [name, { text, at }] of this.#instructions) {
      yield { memory: { key: `chatgpt/${name}`, value: text, type: 'preference', occurred_at: at } }
    }
    for (const fact of this.#list?.facts ?? []) {
      if (!this.#facts.has(fact)) this.#facts.set(fact, this.#list!.at)
    }
    for (const [fact, at] of this.#facts) yield factItem('chatgpt', fact, at)
  }
}

function newer(known: Date | null | undefined, at: Date | null): boolean {
  return known !== undefined && known !== null && (at === null || known > at)
}

/** What the person wrote stands in a fence, with words of ChatGPT's around it. */
function withoutFence(text: string): string {
  return (/```(?:[a-z]*\n)?([^]*?)```/.exec(text)?.[1] ?? text).trim()
}

function factsIn(content: unknown): string[] {
  const { parts, text } = isObject(content) ? content : {}
  const lines = Array.isArray(parts)
    ? parts.filter((part) => typeof part === 'string')
    : [textOrEmpty(text)]
  return lines
    .join('\n')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}
