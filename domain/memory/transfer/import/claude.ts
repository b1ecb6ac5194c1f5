import { contentOfMessage } from './claude-message.ts'
import {
  conversationItems,
  type ConversationDocument,
  LeftOutCounts,
  type ConversationMessage
} from './conversation.ts'
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
 * Claude's data export, unpacked. Anthropic describes it nowhere; this follows what published
 * readers agree on (basic-memory's claude_conversations_importer.py and
 * claude_projects_importer.py; github.com/Sinity/polylogue docs/providers/claude-ai.md):
 * - conversations.json: [{ uuid, name, summary, created_at, chat_messages: [{ uuid, sender: human |
 *   assistant, text, content: [{ type: text, text }, ...], created_at, attachments: [{ file_name,
 *   extracted_content }] }] }]; newer ones have parent_message_uuid and
 *   current_leaf_message_uuid, as edits make branches;
 * - memories.json, or a file in memories/: { conversations_memory, project_memories: { project
 *   uuid: text } };
 * - projects.json, or a file for each in projects/: { uuid, name, description, prompt_template,
 *   is_starter_project, docs: [{ uuid, filename, content }] }.
 * Since September 2026 a manifest names several archives, each of which unpacks to a folder of its
 * own name (conversations-000/, projects-000/). Which one a file is, what stands in it tells.
 */
export const claudeFormat: ImportFormat = {
  name: 'claude',
  title: 'Claude',
  takes:
    "the unpacked folder of Claude's data export, or one of conversations.json, memories.json, projects.json",
  picks: (path) => PICKED.test(path),
  considers: (path) => /\.json$/i.test(path),
  async *read(files, run) {
    for (const file of files) {
      for await (const element of readElements(file)) {
        if (file.uncertain && !('value' in element && isOurs(element.value))) {
          yield {
            left: `files that hold no conversation, memory or project (${file.path})`,
            count: 1
          }
          break
        }
        yield* allOrBroken(() => {
          if ('fault' in element) throw new BrokenItemError(element.fault)
          return read(element.value, element.place, run)
        })
      }
    }
  }
}

const PICKED = /(^|\/)(conversations|memories|projects)(-\d+)?(\.json|\/([^/]+\/)*[^/]+\.json)$/i

/** Any of a conversation, memories and a project, by the names of its members. */
function isOurs(value: unknown): boolean {
  return isObject(value) && MEMBERS.some((name) => name in value)
}

const MEMBERS = [
  'chat_messages',
  'conversations_memory',
  'project_memories',
  'prompt_template',
  'docs',
  'is_starter_project'
]

function read(value: unknown, place: string, run: ImportRun): Iterable<ImportItem> {
  if (!isObject(value)) {
    throw new BrokenItemError(
      `${place} is nothing of Claude's export.${formatHint(value, 'claude')}`
    )
  }
  if ('chat_messages' in value) return conversation(value, place, run)
  if ('conversations_memory' in value || 'project_memories' in value) return memories(value, place)
  if ('prompt_template' in value || 'docs' in value || 'is_starter_project' in value) {
    return project(value, place)
  }
  const manifest =
    'files' in value || 'parts' in value || 'archives' in value
      ? ' If it is the manifest: unpack the archives that it names, and give the folder with all of them.'
      : ''
  throw new BrokenItemError(
    `${place} is no conversation, memory or project of Claude's export.${manifest}${formatHint(value, 'claude')}`
  )
}

function idOf(value: unknown, place: string): string {
  const id = isObject(value) ? textOrEmpty(value['uuid']) : ''
  if (id === '') throw new BrokenItemError(`${place} has no uuid.`)
  return id
}

function* conversation(
  value: Record<string, unknown>,
  place: string,
  run: ImportRun
): Generator<ImportItem> {
  const list = value['chat_messages']
  if (!Array.isArray(list)) {
    throw new BrokenItemError(`${place} is a conversation whose chat_messages are no list.`)
  }
  const id = idOf(value, place)
  const raw = new Map(
    list.map((message: unknown, i) => {
      return [idOf(message, `${place}, message ${i + 1}`), message as Record<string, unknown>]
    })
  )
  const updated =
    (parseForeignTime(value['updated_at']) ?? parseForeignTime(value['created_at']))?.getTime() ?? 0
  if (!run.takes(`claude ${id}`, { place, updated, messages: raw.size })) {
    yield { left: 'conversations that stand there twice', count: 1 }
    return
  }
  const left = new LeftOutCounts()
  const { ids, pieces } = orderOf(raw, value['current_leaf_message_uuid'])
  if (pieces > 1) {
    yield {
      warning: `${place}: the chain of messages has a gap. Its ${pieces} pieces are put together in the order of time.`
    }
  }
  left.add('messages of other branches', raw.size - ids.length)
  const messages: ConversationMessage[] = []
  const documents: ConversationDocument[] = []
  for (const message of ids) {
    const at = parseForeignTime(raw.get(message)!['created_at'])
    const { text, artifacts } = contentOfMessage(raw.get(message)!, left)
    messages.push({
      id: message,
      speaker: raw.get(message)!['sender'] === 'human' ? 'user' : 'Claude',
      text,
      at
    })
    for (const [i, artifact] of artifacts.entries()) {
      documents.push({
        ...artifact,
        id: `${message}/artifact${i === 0 ? '' : ` ${i + 1}`}`,
        after: message,
        at
      })
    }
  }
  const [title, summary, at] = [
    textOrEmpty(value['name']),
    textOrEmpty(value['summary']),
    parseForeignTime(value['created_at'])
  ]
  yield* conversationItems({ product: 'claude', id, title, summary, at, messages, documents })
  yield* left.items()
}

/** Older exports name no parents: then all messages in their order. */
function orderOf(
  raw: ReadonlyMap<string, Record<string, unknown>>,
  leaf: unknown
): { ids: string[]; pieces: number } {
  const tree = new Map(
    [...raw].map(([id, message]) => {
      return [
        id,
        {
          parent: textOrEmpty(message['parent_message_uuid']) || null,
          at: parseForeignTime(message['created_at'])?.getTime() ?? 0
        }
      ]
    })
  )
  const isBranched = [...tree.values()].some(({ parent }) => parent !== null)
  return isBranched ? findMessageLine(tree, leaf) : { ids: [...raw.keys()], pieces: 1 }
}

function* memories(value: Record<string, unknown>, place: string): Generator<ImportItem> {
  const { conversations_memory: about, project_memories: projects } = value
  if (about !== undefined && about !== null && typeof about !== 'string') {
    throw new BrokenItemError(`${place}: conversations_memory is no text.`)
  }
  if (textOrEmpty(about).trim()) {
    yield { memory: { key: 'claude/memory', value: textOrEmpty(about), type: 'fact' } }
  }
  for (const [id, text] of Object.entries(isObject(projects) ? projects : {})) {
    if (textOrEmpty(text).trim()) {
      yield {
        memory: { key: `claude/project/${id}/memory`, value: textOrEmpty(text), type: 'fact' }
      }
    } else yield { left: 'empty memories of projects', count: 1 }
  }
}

function* project(value: Record<string, unknown>, place: string): Generator<ImportItem> {
  if (value['is_starter_project'] === true) {
    yield { left: 'projects that Claude starts everybody with', count: 1 }
    return
  }
  const key = `claude/project/${idOf(value, place)}`
  const name = textOrEmpty(value['name'])
  const common = {
    tags: [name],
    occurred_at: parseForeignTime(value['created_at']),
    metadata: { project: name }
  }
  const about = [name, textOrEmpty(value['description']), textOrEmpty(value['prompt_template'])]
    .filter(Boolean)
    .join('\n\n')
  yield { memory: { ...common, key, value: about || 'A project without a name', type: 'project' } }
  for (const [i, doc] of arrayOrEmpty(value['docs']).entries()) {
    const docKey = `${key}/${idOf(doc, `${place}, document ${i + 1}`)}`
    const { filename, content, created_at: created } = doc as Record<string, unknown>
    if (textOrEmpty(content).trim() === '') {
      yield { left: 'documents without text', count: 1 }
      continue
    }
    const metadata = { ...common.metadata, file: filename }
    const at = parseForeignTime(created) ?? common.occurred_at
    yield {
      memory: {
        ...common,
        key: docKey,
        value: textOrEmpty(content),
        type: 'document',
        metadata,
        occurred_at: at
      }
    }
    yield { link: { from: { key }, to: { key: docKey }, type: 'includes' } }
  }
}
