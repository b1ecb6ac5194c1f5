import { canvasOf } from './chatgpt-canvas.ts'
import { RememberedFacts } from './chatgpt-memory.ts'
import {
  type ConversationDocument,
  conversationItems,
  type ConversationMessage,
  gapWarning,
  LeftOutCounts
} from './conversation.ts'
import type { ImportFormat, ImportItem } from './item.ts'
import { readElements } from './json-text.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from './json-values.ts'
import { findMessageLine, type TreeNode } from './message-tree.ts'
import { formatHint } from './recognize.ts'
import { allOrBroken, BrokenItemError, type ImportRun } from './run.ts'
import { parseForeignTime } from './time.ts'

/**
 * ChatGPT's data export, unpacked: conversations.json, since 2026 in pieces
 * (conversations-000.json ...), each an array of conversations. OpenAI does not document it; this
 * follows what published readers agree on (github.com/mitkury/chatgpt-export-parser
 * docs/chatgpt-data-export-format.md; basic-memory's chatgpt_importer.py):
 * { conversation_id or id, title, create_time, current_node, mapping: { id: { parent, children,
 * message } } }, times in seconds since 1970. The user saw the line from current_node to the root.
 * A message has author.role, recipient, metadata and content { content_type, parts }. The assistant
 * writes a canvas by messages to canmore.create_textdoc and canmore.update_textdoc.
 */
export const chatgptFormat: ImportFormat = {
  name: 'chatgpt',
  title: 'ChatGPT',
  takes: "the zip of ChatGPT's data export, its unpacked folder, or conversations.json",
  picks: (path) => /(^|\/)conversations(-\d+)?\.json$/i.test(path),
  considers: (path) => /\.json$/i.test(path),
  async *read(files, run) {
    const rememberedFacts = new RememberedFacts()
    for (const inputFile of files) {
      for await (const element of readElements(inputFile)) {
        const value = 'value' in element ? element.value : undefined
        if (inputFile.uncertain && !(isObject(value) && 'mapping' in value)) {
          yield { left: `files that hold no conversations (${inputFile.path})`, count: 1 }
          break
        }
        yield* allOrBroken(() => {
          if ('fault' in element) throw new BrokenItemError(element.fault)
          return readConversation(element.value, element.place, rememberedFacts, run)
        })
      }
    }
    yield* rememberedFacts.items()
  }
}

type JsonObject = Record<string, unknown>
type MessageNode = TreeNode & { message: JsonObject | undefined }

function* readConversation(
  value: unknown,
  place: string,
  rememberedFacts: RememberedFacts,
  run: ImportRun
): Generator<ImportItem> {
  const mapping = isObject(value) ? value['mapping'] : undefined
  if (!isObject(value) || !isObject(mapping)) {
    throw new BrokenItemError(
      `${place} is not a conversation of ChatGPT: it has no mapping.${formatHint(value, 'chatgpt')}`
    )
  }
  const conversationId = textOrEmpty(value['conversation_id']) || textOrEmpty(value['id'])
  if (conversationId === '') throw new BrokenItemError(`${place} has no conversation_id.`)
  const nodesById = messageNodes(mapping)
  const leftOutCounts = new LeftOutCounts()
  leftOutCounts.add('messages that are no objects', Object.keys(mapping).length - nodesById.size)
  const startTime = parseForeignTime(value['create_time'])
  const updated = (parseForeignTime(value['update_time']) ?? startTime)?.getTime() ?? 0
  if (!run.takes(`chatgpt ${conversationId}`, { place, updated, messages: nodesById.size })) {
    yield { left: 'duplicate conversations', count: 1 }
    return
  }
  const messageLine = findMessageLine(nodesById, value['current_node'])
  if (messageLine.pieces > 1) yield gapWarning(place, messageLine.pieces)
  const lineIds = new Set(messageLine.ids)
  for (const [nodeId, { message }] of nodesById) {
    if (message && !lineIds.has(nodeId)) leftOutCounts.add('messages of other branches')
  }
  const lineMessages = messageLine.ids.flatMap((id) => {
    const { message: rawMessage } = nodesById.get(id) ?? {}
    return rawMessage ? [{ id, rawMessage }] : []
  })
  yield* conversationItems({
    product: 'chatgpt',
    id: conversationId,
    title: textOrEmpty(value['title']),
    at: startTime,
    ...readMessages(lineMessages, startTime, rememberedFacts, leftOutCounts)
  })
  yield* leftOutCounts.items()
}

function messageNodes(mapping: JsonObject): Map<string, MessageNode> {
  const nodesById = new Map<string, MessageNode>()
  for (const [nodeId, rawNode] of Object.entries(mapping)) {
    if (!isObject(rawNode)) continue
    const message = isObject(rawNode['message']) ? rawNode['message'] : undefined
    nodesById.set(nodeId, {
      parent: textOrEmpty(rawNode['parent']) || null,
      children: arrayOrEmpty(rawNode['children']).filter((child) => typeof child === 'string'),
      at: parseForeignTime(message?.['create_time'])?.getTime() ?? 0,
      message,
      isEmpty: !message
    })
  }
  return nodesById
}

function readMessages(
  lineMessages: Array<{ id: string; rawMessage: JsonObject }>,
  startTime: Date | null,
  rememberedFacts: RememberedFacts,
  leftOutCounts: LeftOutCounts
) {
  const messages: ConversationMessage[] = []
  const documents: ConversationDocument[] = []
  for (const { id, rawMessage } of lineMessages) {
    const sentAt = parseForeignTime(rawMessage['create_time'])
    if (rememberedFacts.take(rawMessage, sentAt ?? startTime)) continue
    const canvas = canvasOf(rawMessage)
    if (canvas) {
      documents.push({ ...canvas, id: `${id}/canvas`, after: id, at: sentAt })
      messages.push({ id, speaker: 'ChatGPT', text: '', at: sentAt })
      continue
    }
    const leftOutKind = leftOutKindOf(rawMessage)
    if (leftOutKind !== undefined) {
      leftOutCounts.add(leftOutKind, hasText(rawMessage) ? 1 : 0)
      continue
    }
    const { text, fileCount } = messageText(rawMessage)
    leftOutCounts.add('images and other files', fileCount)
    messages.push({ id, speaker: speakerOf(rawMessage), text, at: sentAt })
  }
  return { messages, documents }
}

function speakerOf({ author }: JsonObject): string {
  return isObject(author) && author['role'] === 'user' ? 'user' : 'ChatGPT'
}

/** The kind of a message that the user did not see in the conversation; undefined for others. */
function leftOutKindOf({ author, recipient, metadata, content }: JsonObject): string | undefined {
  const authorRole = isObject(author) ? author['role'] : undefined
  const contentType = isObject(content) ? content['content_type'] : undefined
  if (isObject(metadata) && metadata['is_visually_hidden_from_conversation'] === true) {
    return 'hidden messages'
  }
  if (contentType === 'thoughts' || contentType === 'reasoning_recap') return 'thoughts'
  if (authorRole === 'tool' || contentType === 'execution_output') return 'results of tools'
  if ((textOrEmpty(recipient) || 'all') !== 'all') return 'tool calls'
  if (authorRole !== 'user' && authorRole !== 'assistant') return 'messages of the system'
  return ['text', 'multimodal_text', 'code', undefined].includes(contentType as string)
    ? undefined
    : `messages of the kind ${String(contentType).slice(0, 40)}`
}

/** Whether leaving the message out loses text: exports hold many empty messages. */
function hasText({ content }: JsonObject): boolean {
  if (!isObject(content)) return false
  const contentJson = JSON.stringify(
    content['parts'] ?? content['text'] ?? content['thoughts'] ?? content['content'] ?? ''
  )
  return contentJson.replace(/[[\]"{}\s]/g, '') !== ''
}

/**
 * The text of a message: its text parts and the transcripts of its audio parts. Citation marks are
 * removed, because they lead nowhere outside ChatGPT. `fileCount` counts parts without text.
 */
function messageText({ content }: JsonObject): { text: string; fileCount: number } {
  if (!isObject(content)) return { text: '', fileCount: 0 }
  const contentParts = arrayOrEmpty(content['parts'])
  const partTexts = contentParts.map((part) =>
    typeof part === 'string' ? part : isObject(part) ? textOrEmpty(part['text']) : ''
  )
  const fileParts = contentParts.filter(
    (part) => isObject(part) && typeof part['text'] !== 'string'
  )
  const rawText =
    contentParts.length > 0 ? partTexts.filter(Boolean).join('\n') : textOrEmpty(content['text'])
  const cleanedText = rawText.replace(/[ \t]*\ue200[^\ue201]*\ue201/g, '').trim()
  return { text: cleanedText, fileCount: fileParts.length }
}
