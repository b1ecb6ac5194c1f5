import { type ForeignMemory, type ImportItem, shortDigest } from './item.ts'

/** Slightly less than the importance of a fact that a user chose to keep. */
const MESSAGE_IMPORTANCE = 0.4

export interface ConversationMessage {
  id: string
  speaker: string
  text: string
  at: Date | null
}
/** A text that a conversation produced, such as a canvas or an artifact. */
export interface ConversationDocument {
  /** The id of the message that it follows. */
  after: string
  id: string
  title: string
  text: string
  at: Date | null
}

export interface ImportedConversation {
  /** The product's name in keys. */
  product: string
  id: string
  title: string
  summary?: string
  at: Date | null
  /** In the order of the conversation. */
  messages: ConversationMessage[]
  documents?: ConversationDocument[]
  /** More about the conversation, for each of its memories. */
  metadata?: Record<string, unknown>
}

/**
 * Turns a conversation into memories: its title, then messages and documents in order. A time that
 * would break the order is replaced by the time before it. Leaves out a conversation without text.
 */
export function* conversationItems(conversation: ImportedConversation): Generator<ImportItem> {
  const { product, id, title, summary, messages, documents = [] } = conversation
  if (documents.length === 0 && !messages.some(hasText)) {
    yield { left: 'conversations without text', count: 1 }
    return
  }
  const sessionKey = `${product}/${id}`
  const metadata = { conversation: title, ...conversation.metadata }
  const sharedFields = { session_id: sessionKey, importance: MESSAGE_IMPORTANCE, metadata }
  let latestTime = conversation.at ?? messages.find((message) => message.at)?.at ?? null
  const orderedItem = (memory: ForeignMemory, at?: Date | null): ImportItem => {
    if (at && (!latestTime || at > latestTime)) latestTime = at
    return { memory: { ...sharedFields, occurred_at: latestTime, ...memory } }
  }
  if (title || summary) {
    const value = [title, summary].filter(Boolean).join('\n\n')
    yield orderedItem({ key: sessionKey, value, type: 'conversation' })
  }
  for (const message of messages) {
    if (hasText(message)) {
      const { text: value, speaker, at: sentAt } = message
      const key = `${sessionKey}/${message.id}`
      yield orderedItem({ key, value, type: 'interaction', speaker }, sentAt)
    }
    for (const document of documents) {
      if (document.after !== message.id) continue
      yield orderedItem(documentMemory(sessionKey, metadata, document), document.at)
    }
  }
}

function hasText({ text }: ConversationMessage): boolean {
  return text.trim() !== ''
}

function documentMemory(
  sessionKey: string,
  metadata: Record<string, unknown>,
  { id, title, text }: ConversationDocument
): ForeignMemory {
  return {
    key: `${sessionKey}/${id}`,
    value: title && !text.includes(title) ? `# ${title}\n\n${text}` : text,
    type: 'document',
    metadata: { ...metadata, document: title }
  }
}

/** A fact that a product remembers of the user. Its key is a digest, so that it occurs once. */
export function factItem(product: string, text: string, knownSince: Date | null): ImportItem {
  const key = `${product}/memory/${shortDigest(text)}`
  return { memory: { key, value: text, type: 'fact', occurred_at: knownSince } }
}

/** Warns that a conversation was joined from several pieces. */
export function gapWarning(place: string, pieceCount: number): ImportItem {
  return {
    warning:
      `${place}: the chain of messages has a gap. ` +
      `Its ${pieceCount} pieces are joined in the order of time.`
  }
}

/** Counts parts that are left out, by kind. */
export class LeftOutCounts {
  readonly #countsByKind = new Map<string, number>()

  add(kind: string, count = 1): void {
    if (count <= 0) return
    this.#countsByKind.set(kind, (this.#countsByKind.get(kind) ?? 0) + count)
  }

  *items(): Generator<ImportItem> {
    for (const [left, count] of this.#countsByKind) yield { left, count }
  }
}
