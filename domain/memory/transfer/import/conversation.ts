import { shortDigest, type ForeignMemory, type ImportItem } from './item.ts'

/** A little less than what a fact counts that somebody chose to keep. */
const IMPORTANCE = 0.4

export interface ConversationMessage {
  id: string
  speaker: string
  text: string
  at: Date | null
}
/** A text that was made in a conversation: a canvas, an artifact. It stands after its message. */
export interface ConversationDocument {
  after: string
  id: string
  title: string
  text: string
  at: Date | null
}

export interface Conversation {
  /** Of the product, as a part of keys. */
  product: string
  id: string
  title: string
  summary?: string
  at: Date | null
  /** In order. */
  messages: ConversationMessage[]
  documents?: ConversationDocument[]
}

/**
 * A conversation as a sequence: its title first, then what was said and made, in an order that the
 * times keep. One in which nothing is said is left out.
 */
export function* conversationItems(conversation: Conversation): Generator<ImportItem> {
  const { product, id, title, summary, at, messages, documents = [] } = conversation
  const spoken = messages.filter(({ text }) => text.trim() !== '')
  if (spoken.length + documents.length === 0) {
    yield { left: 'conversations without text', count: 1 }
    return
  }
  const key = `${product}/${id}`
  const common = { session_id: key, importance: IMPORTANCE, metadata: { conversation: title } }
  let time = at ?? messages.find((message) => message.at)?.at ?? null
  const memory = (own: ForeignMemory & { at?: Date | null }): ImportItem => {
    const { at: told, ...content } = own
    if (told && (!time || told > time)) time = told
    return { memory: { ...common, occurred_at: time, ...content } }
  }
  if (title || summary) {
    yield memory({
      key,
      value: [title, summary].filter(Boolean).join('\n\n'),
      type: 'conversation'
    })
  }
  for (const message of messages) {
    if (message.text.trim() !== '') {
      yield memory({
        key: `${key}/${message.id}`,
        value: message.text,
        type: 'interaction',
        speaker: message.speaker,
        at: message.at
      })
    }
    for (const document of documents) {
      if (document.after !== message.id) continue
      const { title: name, text } = document
      const value = name && !text.includes(name) ? `# ${name}\n\n${text}` : text
      const metadata = { ...common.metadata, document: name }
      yield memory({
        key: `${key}/${document.id}`,
        value,
        type: 'document',
        metadata,
        at: document.at
      })
    }
  }
}

/**
 * Single facts that a product remembers of the person, each once, however often it stands there.
 */
export function factItem(product: string, text: string, at: Date | null): ImportItem {
  return {
    memory: {
      key: `${product}/memory/${shortDigest(text)}`,
      value: text,
      type: 'fact',
      occurred_at: at
    }
  }
}

/** Counts what is left out, by its kind. */
export class LeftOutCounts {
  readonly #counts = new Map<string, number>()

  add(kind: string, count = 1): void {
    if (count > 0) this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + count)
  }

  *items(): Generator<ImportItem> {
    for (const [left, count] of this.#counts) yield { left, count }
  }
}
