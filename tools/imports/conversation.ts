import { digestOf, type Item } from './item.ts'

/** A little less than what a fact counts that somebody chose to keep. */
const IMPORTANCE = 0.4

export interface Conversation {
  /** Of the product, as a part of keys. */
  product: string
  id: string
  title: string
  summary?: string
  at: Date | null
  /** In order. */
  messages: Array<{ id: string, speaker: string, text: string, at: Date | null }>
}

/** A conversation as a sequence: its title first, then what was said, in an order that the times keep. An empty one is nothing. */
export function * conversationItems ({ product, id, title, summary, at, messages }: Conversation): Generator<Item> {
  const said = messages.filter(({ text }) => text.trim() !== '')
  if (said.length === 0) return
  const key = `${product}/${id}`
  const common = { session_id: key, importance: IMPORTANCE, metadata: { conversation: title } }
  let time = at ?? said.find((message) => message.at)?.at ?? null
  if (title || summary) yield { memory: { ...common, key, value: [title, summary].filter(Boolean).join('\n\n'), type: 'conversation', occurred_at: time } }
  for (const message of said) {
    if (message.at && (!time || message.at > time)) time = message.at
    yield { memory: { ...common, key: `${key}/${message.id}`, value: message.text, type: 'interaction', speaker: message.speaker, occurred_at: time } }
  }
}

/** Single facts that a product remembers of the person, each once, however often it stands in the export. */
export function factItem (product: string, text: string, at: Date | null): Item {
  return { memory: { key: `${product}/memory/${digestOf(text)}`, value: text, type: 'fact', occurred_at: at } }
}

interface Node { parent: string | null, at: number }

/** The ids from the beginning to the given end of a tree of messages; without one to its newest leaf. */
export function lineOf (nodes: ReadonlyMap<string, Node>, end: unknown): string[] {
  const parents = new Set([...nodes.values()].map(({ parent }) => parent))
  let at = typeof end === 'string' && nodes.has(end)
    ? end
    : [...nodes].filter(([id]) => !parents.has(id)).reduce<[string, Node] | undefined>((best, leaf) => !best || leaf[1].at >= best[1].at ? leaf : best, undefined)?.[0] ?? null
  const line = new Set<string>()
  while (at !== null && nodes.has(at) && !line.has(at)) {
    line.add(at)
    at = nodes.get(at)!.parent
  }
  return [...line].reverse()
}
