import { factItem } from './conversation.ts'
import type { ImportItem } from './item.ts'
import { isObject, textOrEmpty } from './json-values.ts'

type RawMessage = Record<string, unknown>

/**
 * What ChatGPT remembers of the user, collected from all conversations. The export has no list of
 * it. The facts are in messages to `bio` and in the latest model_set_context; the custom
 * instructions are in user_editable_context.
 */
export class RememberedFacts {
  readonly #factTimes = new Map<string, Date | null>()
  #latestList: { facts: string[]; at: Date | null } | undefined
  readonly #instructions = new Map<string, { text: string; at: Date | null }>()

  /** Returns whether the message holds facts or instructions. Then it is no conversation text. */
  take(rawMessage: RawMessage, sentAt: Date | null): boolean {
    const { author, recipient, content, metadata } = rawMessage
    if (isObject(author) && author['role'] === 'assistant' && recipient === 'bio') {
      for (const fact of factsIn(content)) this.#addFact(fact, sentAt)
      return true
    }
    const { content_type: contentType, ...contentFields } = isObject(content) ? content : {}
    if (contentType === 'model_editable_context') {
      this.#takeList(contentFields, sentAt)
      return true
    }
    const contextData =
      isObject(metadata) && isObject(metadata['user_context_message_data'])
        ? metadata['user_context_message_data']
        : undefined
    if (contentType !== 'user_editable_context' && !contextData) return false
    this.#takeInstruction(
      'about the person',
      textOrEmpty(contentFields['user_profile']) ||
        textOrEmpty(contextData?.['about_user_message']),
      sentAt
    )
    this.#takeInstruction(
      'custom instructions',
      textOrEmpty(contentFields['user_instructions']) ||
        textOrEmpty(contextData?.['about_model_message']),
      sentAt
    )
    return true
  }

  #addFact(fact: string, knownSince: Date | null): void {
    if (!this.#factTimes.has(fact)) this.#factTimes.set(fact, knownSince)
  }

  #takeList(contentFields: RawMessage, sentAt: Date | null): void {
    const facts = textOrEmpty(contentFields['model_set_context'])
      .split('\n')
      .flatMap((line) => /^\s*\d+\.\s*(?:\[[^\]]*\]\.?\s*)?(\S.*)$/.exec(line)?.[1]?.trim() ?? [])
    if (facts.length > 0 && !isNewer(this.#latestList?.at, sentAt)) {
      this.#latestList = { facts, at: sentAt }
    }
  }

  #takeInstruction(name: string, text: string, sentAt: Date | null): void {
    if (text.trim() && !isNewer(this.#instructions.get(name)?.at, sentAt)) {
      this.#instructions.set(name, { text: withoutFence(text), at: sentAt })
    }
  }

  *items(): Generator<ImportItem> {
    for (const [name, { text, at }] of this.#instructions) {
      yield { memory: { key: `chatgpt/${name}`, value: text, type: 'preference', occurred_at: at } }
    }
    for (const fact of this.#latestList?.facts ?? []) this.#addFact(fact, this.#latestList!.at)
    for (const [fact, knownSince] of this.#factTimes) yield factItem('chatgpt', fact, knownSince)
  }
}

function isNewer(knownTime: Date | null | undefined, sentAt: Date | null): boolean {
  return knownTime !== undefined && knownTime !== null && (sentAt === null || knownTime > sentAt)
}

/** ChatGPT puts the user's text into a fence and adds its own words around it. */
function withoutFence(text: string): string {
  return (/```(?:[a-z]*\n)?([^]*?)```/.exec(text)?.[1] ?? text).trim()
}

function factsIn(content: unknown): string[] {
  const { parts, text } = isObject(content) ? content : {}
  const factTexts = Array.isArray(parts)
    ? parts.filter((part) => typeof part === 'string')
    : [textOrEmpty(text)]
  return factTexts
    .join('\n')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}
