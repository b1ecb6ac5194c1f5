import { readClaudeMessage } from './claude-message.ts'
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
import { findMessageLine, type MessageLine } from './message-tree.ts'
import { formatHint } from './recognize.ts'
import { allOrBroken, BrokenItemError, type ImportRun } from './run.ts'
import { parseForeignTime } from './time.ts'

/**
 * Claude's data export, unpacked. Anthropic does not document it; this follows what published
 * readers agree on (basic-memory's claude_conversations_importer.py and
 * claude_projects_importer.py; github.com/Sinity/polylogue docs/providers/claude-ai.md):
 * - conversations.json: [{ uuid, name, summary, created_at, chat_messages: [{ uuid, sender: human |
 *   assistant, text, content: [{ type: text, text }, ...], created_at, attachments: [{ file_name,
 *   extracted_content }] }] }]. Newer exports have parent_message_uuid and
 *   current_leaf_message_uuid, because edits make branches.
 * - memories.json, or a file in memories/: { conversations_memory, project_memories: { project
 *   uuid: text } }.
 * - projects.json, or a file for each in projects/: { uuid, name, description, prompt_template,
 *   is_starter_project, docs: [{ uuid, filename, content }] }.
 * Since September 2026 a manifest lists several archives. Each unpacks to a folder of its name
 * (conversations-000/, projects-000/). The members of a JSON value show which kind it is.
 */
export const claudeFormat: ImportFormat = {
  name: 'claude',
  title: 'Claude',
  takes:
    "the zip of Claude's data export, its unpacked folder, " +
    'or one of conversations.json, memories.json, projects.json',
  picks: (path) => PICKED_PATH.test(path),
  considers: (path) => /\.json$/i.test(path),
  async *read(files, run) {
    for (const inputFile of files) {
      for await (const element of readElements(inputFile)) {
        const isKnown = 'value' in element && isClaudeValue(element.value)
        if (inputFile.uncertain && !isKnown) {
          const left = `files that hold no conversation, memory or project (${inputFile.path})`
          yield { left, count: 1 }
          break
        }
        yield* allOrBroken(() => {
          if ('fault' in element) throw new BrokenItemError(element.fault)
          return readClaudeValue(element.value, element.place, run)
        })
      }
    }
  }
}

type JsonObject = Record<string, unknown>

const PICKED_PATH =
  /(^|\/)(conversations|memories|projects)(-\d+)?(\.json|\/([^/]+\/)*[^/]+\.json)$/i

const memoryMembers = ['conversations_memory', 'project_memories']
const projectMembers = ['prompt_template', 'docs', 'is_starter_project']
const manifestMembers = ['files', 'parts', 'archives']

function hasAny(value: JsonObject, members: readonly string[]): boolean {
  return members.some((member) => member in value)
}

/** Whether the value is a conversation, a memory or a project. */
function isClaudeValue(value: unknown): boolean {
  return isObject(value) && hasAny(value, ['chat_messages', ...memoryMembers, ...projectMembers])
}

function readClaudeValue(value: unknown, place: string, run: ImportRun): Iterable<ImportItem> {
  const rightFormatHint = formatHint(value, 'claude')
  if (!isObject(value)) {
    throw new BrokenItemError(`${place} is not a part of Claude's export.${rightFormatHint}`)
  }
  if ('chat_messages' in value) return readConversation(value, place, run)
  if (hasAny(value, memoryMembers)) return readMemories(value, place)
  if (hasAny(value, projectMembers)) return readProject(value, place)
  const manifestTip = hasAny(value, manifestMembers)
    ? ' If it is the manifest: unpack the archives that it names, ' +
      'and give the folder with all of them.'
    : ''
  throw new BrokenItemError(
    `${place} is not a conversation, memory or project of Claude's export.` +
      `${manifestTip}${rightFormatHint}`
  )
}

function requireUuid(value: unknown, place: string): string {
  const uuid = isObject(value) ? textOrEmpty(value['uuid']) : ''
  if (uuid === '') throw new BrokenItemError(`${place} has no uuid.`)
  return uuid
}

function* readConversation(
  value: JsonObject,
  place: string,
  run: ImportRun
): Generator<ImportItem> {
  const chatMessages = value['chat_messages']
  if (!Array.isArray(chatMessages)) {
    throw new BrokenItemError(`${place} is a conversation whose chat_messages are not a list.`)
  }
  const conversationId = requireUuid(value, place)
  const messagesById = new Map(
    chatMessages.map((message: unknown, index) => {
      return [requireUuid(message, `${place}, message ${index + 1}`), message as JsonObject]
    })
  )
  const startTime = parseForeignTime(value['created_at'])
  const updated = (parseForeignTime(value['updated_at']) ?? startTime)?.getTime() ?? 0
  if (!run.takes(`claude ${conversationId}`, { place, updated, messages: messagesById.size })) {
    yield { left: 'duplicate conversations', count: 1 }
    return
  }
  const leftOutCounts = new LeftOutCounts()
  const messageLine = messageLineOf(messagesById, value['current_leaf_message_uuid'])
  if (messageLine.pieces > 1) yield gapWarning(place, messageLine.pieces)
  leftOutCounts.add('messages of other branches', messagesById.size - messageLine.ids.length)
  yield* conversationItems({
    product: 'claude',
    id: conversationId,
    title: textOrEmpty(value['name']),
    summary: textOrEmpty(value['summary']),
    at: startTime,
    ...readMessages(messageLine.ids, messagesById, leftOutCounts)
  })
  yield* leftOutCounts.items()
}

function readMessages(
  messageIds: string[],
  messagesById: ReadonlyMap<string, JsonObject>,
  leftOutCounts: LeftOutCounts
) {
  const messages: ConversationMessage[] = []
  const documents: ConversationDocument[] = []
  for (const messageId of messageIds) {
    const rawMessage = messagesById.get(messageId)!
    const sentAt = parseForeignTime(rawMessage['created_at'])
    const { text, artifacts } = readClaudeMessage(rawMessage, leftOutCounts)
    const speaker = rawMessage['sender'] === 'human' ? 'user' : 'Claude'
    messages.push({ id: messageId, speaker, text, at: sentAt })
    for (const [index, artifact] of artifacts.entries()) {
      const id = `${messageId}/artifact${index === 0 ? '' : ` ${index + 1}`}`
      documents.push({ ...artifact, id, after: messageId, at: sentAt })
    }
  }
  return { messages, documents }
}

/** Older exports have no parents: then the line is all messages in their order. */
function messageLineOf(
  messagesById: ReadonlyMap<string, JsonObject>,
  leafId: unknown
): MessageLine {
  const treeNodes = new Map(
    [...messagesById].map(([messageId, message]) => {
      const parent = textOrEmpty(message['parent_message_uuid']) || null
      const sentAt = parseForeignTime(message['created_at'])?.getTime() ?? 0
      return [messageId, { parent, at: sentAt }]
    })
  )
  const hasParents = [...treeNodes.values()].some(({ parent }) => parent !== null)
  if (!hasParents) return { ids: [...messagesById.keys()], pieces: 1 }
  return findMessageLine(treeNodes, leafId)
}

function* readMemories(value: JsonObject, place: string): Generator<ImportItem> {
  const { conversations_memory: userMemory, project_memories: projectMemories } = value
  if (userMemory !== undefined && userMemory !== null && typeof userMemory !== 'string') {
    throw new BrokenItemError(`${place}: conversations_memory is not a text.`)
  }
  if (textOrEmpty(userMemory).trim()) {
    yield { memory: { key: 'claude/memory', value: textOrEmpty(userMemory), type: 'fact' } }
  }
  const memoryTexts = isObject(projectMemories) ? projectMemories : {}
  for (const [projectId, memoryText] of Object.entries(memoryTexts)) {
    const memoryValue = textOrEmpty(memoryText)
    if (memoryValue.trim()) {
      const key = `claude/project/${projectId}/memory`
      yield { memory: { key, value: memoryValue, type: 'fact' } }
    } else yield { left: 'empty memories of projects', count: 1 }
  }
}

function* readProject(value: JsonObject, place: string): Generator<ImportItem> {
  if (value['is_starter_project'] === true) {
    yield { left: 'starter projects of Claude', count: 1 }
    return
  }
  const projectKey = `claude/project/${requireUuid(value, place)}`
  const projectName = textOrEmpty(value['name'])
  const createdAt = parseForeignTime(value['created_at'])
  const sharedFields = {
    tags: [projectName],
    occurred_at: createdAt,
    metadata: { project: projectName }
  }
  const projectDescription = [
    projectName,
    textOrEmpty(value['description']),
    textOrEmpty(value['prompt_template'])
  ]
    .filter(Boolean)
    .join('\n\n')
  const projectText = projectDescription || 'A project without a name'
  yield { memory: { ...sharedFields, key: projectKey, value: projectText, type: 'project' } }
  for (const [index, document] of arrayOrEmpty(value['docs']).entries()) {
    const documentId = requireUuid(document, `${place}, document ${index + 1}`)
    const documentKey = `${projectKey}/${documentId}`
    const { filename, content, created_at: documentTime } = document as JsonObject
    if (textOrEmpty(content).trim() === '') {
      yield { left: 'documents without text', count: 1 }
      continue
    }
    yield {
      memory: {
        ...sharedFields,
        key: documentKey,
        value: textOrEmpty(content),
        type: 'document',
        metadata: { ...sharedFields.metadata, file: filename },
        occurred_at: parseForeignTime(documentTime) ?? createdAt
      }
    }
    yield { link: { from: { key: projectKey }, to: { key: documentKey }, type: 'includes' } }
  }
}
