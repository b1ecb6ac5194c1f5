import {
  type ConversationDocument,
  conversationItems,
  LeftOutCounts,
  type ConversationMessage
} from './conversation.ts'
import { canvasOf } from './chatgpt-canvas.ts'
import { RememberedFacts } from './chatgpt-memory.ts'
import {
  type ImportFormat,
  isObject,
  type ImportItem,
  arrayOrEmpty,
  textOrEmpty,
  parseForeignTime
} from './item.ts'
import { readElements } from './json-text.ts'
import { findMessageLine } from './message-tree.ts'
import { formatHint } from './recognize.ts'
import { BrokenItemError, type ImportRun, allOrBroken } from './run.ts'

/**
 * ChatGPT's data export, unpacked: conversations.json, since 2026 in pieces
 * (conversations-000.json ...), each an array of conversations. OpenAI describes it nowhere; this
 * follows what published readers agree on (github.com/mitkury/chatgpt-export-parser
 * docs/chatgpt-data-export-format.md; basic-memory's chatgpt_importer.py):
 * { conversation_id or id, title, create_time, current_node, mapping: { id: { parent, children,
 * message } } }, times in seconds since 1970. What the person saw is the line from current_node to
 * the root; a message has author.role, recipient, metadata and content { content_type, parts }.
 * A canvas is what the assistant sends to canmore.create_textdoc and canmore.update_textdoc.
 */
export const chatgptFormat: ImportFormat = {
  name: 'chatgpt',
  title: 'ChatGPT',
  takes: "conversations.json of ChatGPT's data export, or the unpacked folder",
  picks: (path) => /(^|\/)conversations(-\d+)?\.json$/i.test(path),
  considers: (path) => /\.json$/i.test(path),
  async *read(files, run) {
    const remembered = new RememberedFacts()
    for (const file of files) {
      for await (const element of readElements(file)) {
        const value = 'value' in element ? element.value : undefined
        if (file.uncertain && !(isObject(value) && 'mapping' in value)) {
          yield { left: `files that hold no conversations (${file.path})`, count: 1 }
          break
        }
        yield* allOrBroken(() => {
          if ('fault' in element) throw new BrokenItemError(element.fault)
          return conversation(element.value, element.place, remembered, run)
        })
      }
    }
    yield* remembered.items()
  }
}

type Raw = Record<string, unknown>

function* conversation(
  value: unknown,
  place: string,
  remembered: RememberedFacts,
  run: ImportRun
): Generator<ImportItem> {
  const mapping = isObject(value) ? value['mapping'] : undefined
  if (!isObject(value) || !isObject(mapping)) {
    throw new BrokenItemError(
      `${place} is no conversation of ChatGPT's: it has no mapping.${formatHint(value, 'chatgpt')}`
    )
  }
  const id = textOrEmpty(value['conversation_id']) || textOrEmpty(value['id'])
  if (id === '') throw new BrokenItemError(`${place} has no conversation_id.`)
  const nodes = nodesOf(mapping)
  const left = new LeftOutCounts()
  left.add('messages that are no objects', Object.keys(mapping).length - nodes.size)
  const updated =
    (parseForeignTime(value['update_time']) ?? parseForeignTime(value['create_time']))?.getTime() ??
    0
  if (!run.takes(`chatgpt ${id}`, { place, updated, messages: nodes.size })) {
    yield { left: 'conversations that stand there twice', count: 1 }
    return
  }
  const line = findMessageLine(nodes, value['current_node'])
  if (line.pieces > 1) yield { warning: gap(place, line.pieces) }
  const seen = new Set(line.ids)
  for (const [node, { message }] of nodes) {
    if (message && !seen.has(node)) left.add('messages of other branches')
  }
  const at = parseForeignTime(value['create_time'])
  const entries = line.ids.flatMap((node) =>
    nodes.get(node)?.message ? [{ id: node, raw: nodes.get(node)!.message! }] : []
  )
  const { messages, documents } = readMessages(entries, at, remembered, left)
  yield* conversationItems({
    product: 'chatgpt',
    id,
    title: textOrEmpty(value['title']),
    at,
    messages,
    documents
  })
  yield* left.items()
}

function gap(place: string, pieces: number): string {
  return `${place}: the chain of messages has a gap. Its ${pieces} pieces are put together in the order of time.`
}

function nodesOf(mapping: Raw) {
  return new Map(
    Object.entries(mapping).flatMap(([id, node]) => {
      if (!isObject(node)) return []
      const message = isObject(node['message']) ? node['message'] : undefined
      const children = arrayOrEmpty(node['children']).filter((child) => typeof child === 'string')
      const at = parseForeignTime(message?.['create_time'])?.getTime() ?? 0
      return [
        [
          id,
          { parent: textOrEmpty(node['parent']) || null, children, at, message, isEmpty: !message }
        ] as const
      ]
    })
  )
}

function readMessages(
  entries: Array<{ id: string; raw: Raw }>,
  began: Date | null,
  remembered: RememberedFacts,
  left: LeftOutCounts
) {
  const messages: ConversationMessage[] = []
  const documents: ConversationDocument[] = []
  for (const { id, raw } of entries) {
    const at = parseForeignTime(raw['create_time'])
    if (remembered.take(raw, at ?? began)) continue
    const canvas = canvasOf(raw)
    if (canvas) {
      documents.push({ ...canvas, id: `${id}/canvas`, after: id, at })
      messages.push({ id, speaker: 'ChatGPT', text: '', at })
      continue
    }
    const kind = leftOutKind(raw)
    if (kind !== undefined) {
      left.add(kind, textIn(raw) === '' ? 0 : 1)
      continue
    }
    const { text, others } = contentOf(raw)
    left.add('images and other files', others)
    messages.push({ id, speaker: speakerOf(raw), text, at })
  }
  return { messages, documents }
}

function speakerOf({ author }: Raw): string {
  return isObject(author) && author['role'] === 'user' ? 'user' : 'ChatGPT'
}

/** What a message is that the person did not see as said; undefined for what was. */
function leftOutKind({ author, recipient, metadata, content }: Raw): string | undefined {
  const role = isObject(author) ? author['role'] : undefined
  const type = isObject(content) ? content['content_type'] : undefined
  if (isObject(metadata) && metadata['is_visually_hidden_from_conversation'] === true) {
    return 'hidden messages'
  }
  if (type === 'thoughts' || type === 'reasoning_recap') return 'thoughts'
  if (role === 'tool' || type === 'execution_output') return 'results of tools'
  if ((textOrEmpty(recipient) || 'all') !== 'all') return 'tool calls'
  if (role !== 'user' && role !== 'assistant') return 'messages of the system'
  return ['text', 'multimodal_text', 'code', undefined].includes(type as string)
    ? undefined
    : `messages of the kind ${String(type).slice(0, 40)}`
}

/** Whether there is something to leave out: exports hold many messages that say nothing. */
function textIn({ content }: Raw): string {
  if (!isObject(content)) return ''
  return JSON.stringify(
    content['parts'] ?? content['text'] ?? content['thoughts'] ?? content['content'] ?? ''
  ).replace(/[[\]"{}\s]/g, '')
}

/**
 * The text of a message: its parts that are text, or a transcript of what was spoken; without the
 * marks of citations, which lead nowhere outside. `others`: how many parts have no text.
 */
function contentOf({ content }: Raw): { text: string; others: number } {
  if (!isObject(content)) return { text: '', others: 0 }
  const parts = arrayOrEmpty(content['parts'])
  const texts = parts.map((part) =>
    typeof part === 'string' ? part : isObject(part) ? textOrEmpty(part['text']) : ''
  )
  const others = parts.filter((part) => isObject(part) && typeof part['text'] !== 'string').length
  const text = parts.length > 0 ? texts.filter(Boolean).join('\n') : textOrEmpty(content['text'])
  return { text: text.replace(/[ \t]*\ue200[^\ue201]*\ue201/g, '').trim(), others }
}
