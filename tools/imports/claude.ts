import { ToolError } from '../tool.ts'
import { conversationItems, lineOf } from './conversation.ts'
import { type Format, isObject, type Item, listOf, textOf, timeOf } from './item.ts'
import { elementsOf } from './json-text.ts'

/**
 * Claude's data export, unpacked. Anthropic describes it nowhere; this follows what published readers agree on (basic-memory's claude_conversations_importer.py and
 * claude_projects_importer.py; github.com/Sinity/polylogue docs/providers/claude-ai.md):
 * - conversations.json: [{ uuid, name, summary, created_at, chat_messages: [{ uuid, sender: human | assistant, text, content: [{ type: text, text }, ...], created_at,
 *   attachments: [{ file_name, extracted_content }] }] }]; newer ones have parent_message_uuid and current_leaf_message_uuid, as edits make branches;
 * - memories.json, or a file in memories/: { conversations_memory, project_memories: { project uuid: text } };
 * - projects.json, or a file for each in projects/: { uuid, name, description, prompt_template, is_starter_project, docs: [{ uuid, filename, content }] }.
 * Which one a file is, what stands in it tells.
 */
export const claude: Format = {
  name: 'claude',
  title: 'Claude',
  takes: 'the unpacked folder of Claude\'s data export, or one of conversations.json, memories.json, projects.json',
  picks: (path) => /(^|\/)(conversations|memories|projects)(-\d+)?\.json$|(^|\/)(memories|projects)\/[^/]+\.json$/.test(path),
  async * read (files) {
    for (const file of files) {
      for await (const { value, place } of elementsOf(file)) {
        if (!isObject(value)) throw new ToolError(`${place} is nothing of Claude's export.`)
        if (Array.isArray(value['chat_messages'])) yield * conversation(value, value['chat_messages'], place)
        else if ('conversations_memory' in value || 'project_memories' in value) yield * memories(value)
        else if ('prompt_template' in value || 'docs' in value || 'is_starter_project' in value) yield * project(value, place)
        else throw new ToolError(`${place} is no conversation, memory or project of Claude's export.`)
      }
    }
  }
}

function idOf (value: unknown, place: string): string {
  const id = isObject(value) ? textOf(value['uuid']) : ''
  if (id === '') throw new ToolError(`${place} has no uuid.`)
  return id
}

function * conversation (value: Record<string, unknown>, list: unknown[], place: string): Generator<Item> {
  const said = new Map(list.map((message, i) => [idOf(message, `${place}, message ${i + 1}`), message as Record<string, unknown>]))
  const tree = new Map([...said].map(([id, message]) => [id, { parent: textOf(message['parent_message_uuid']) || null, at: timeOf(message['created_at'])?.getTime() ?? 0 }]))
  const branched = [...tree.values()].some(({ parent }) => parent !== null)
  const messages = (branched ? lineOf(tree, value['current_leaf_message_uuid']) : [...said.keys()]).map((id) => {
    const message = said.get(id)!
    return { id, speaker: message['sender'] === 'human' ? 'user' : 'Claude', text: saidIn(message), at: timeOf(message['created_at']) }
  })
  yield * conversationItems({ product: 'claude', id: idOf(value, place), title: textOf(value['name']), summary: textOf(value['summary']), at: timeOf(value['created_at']), messages })
}

/** What was said, and the text of what was attached; no thoughts, no calls of tools. */
function saidIn ({ content, text, attachments }: Record<string, unknown>): string {
  const blocks = listOf(content).filter(isObject).filter(({ type }) => type === 'text').map((block) => textOf(block['text'])).filter(Boolean)
  const attached = listOf(attachments).filter(isObject).map((one) => [textOf(one['file_name']) && `[${textOf(one['file_name'])}]`, textOf(one['extracted_content'])].filter(Boolean).join('\n'))
  return [blocks.length > 0 ? blocks.join('\n') : textOf(text), ...attached].filter(Boolean).join('\n\n')
}

function * memories (value: Record<string, unknown>): Generator<Item> {
  const about = textOf(value['conversations_memory'])
  if (about.trim()) yield { memory: { key: 'claude/memory', value: about, type: 'fact' } }
  for (const [id, text] of Object.entries(isObject(value['project_memories']) ? value['project_memories'] : {})) {
    if (textOf(text).trim()) yield { memory: { key: `claude/project/${id}/memory`, value: textOf(text), type: 'fact' } }
  }
}

function * project (value: Record<string, unknown>, place: string): Generator<Item> {
  if (value['is_starter_project'] === true) return
  const key = `claude/project/${idOf(value, place)}`
  const name = textOf(value['name'])
  const common = { tags: [name], occurred_at: timeOf(value['created_at']), metadata: { project: name } }
  yield { memory: { ...common, key, value: [name, textOf(value['description']), textOf(value['prompt_template'])].filter(Boolean).join('\n\n'), type: 'project' } }
  for (const [i, doc] of listOf(value['docs']).entries()) {
    const docKey = `${key}/${idOf(doc, `${place}, document ${i + 1}`)}`
    const { filename, content, created_at: created } = doc as Record<string, unknown>
    yield { memory: { ...common, key: docKey, value: textOf(content), type: 'document', metadata: { ...common.metadata, file: filename }, occurred_at: timeOf(created) ?? common.occurred_at } }
    yield { link: { from: { key }, to: { key: docKey }, type: 'includes' } }
  }
}
