import { ToolError } from '../tool.ts'
import { type Format, type InputFile, isObject, type Item, listOf, textOf, timeOf } from './item.ts'
import { elementsOf, linesOf, objectOf } from './json-text.ts'

/**
 * What mem0 gives out, in the three forms that its own documents and sources show:
 * - get_all (docs.mem0.ai/api-reference/memory, cookbooks/essentials/exporting-memories): { results: [...] } or the list alone; a memory has id, memory, metadata,
 *   categories, user_id, agent_id, app_id, run_id, created_at, updated_at; with a graph store beside it relations of { source, relationship, target }
 *   (mem0/memory/graph_memory.py);
 * - OpenMemory's memories.json (openmemory/api/app/routers/backup.py): { memories: [{ id, content, metadata, state, category_ids, ... }], categories: [{ id, name }] };
 * - OpenMemory's memories.jsonl, unpacked: a line for each memory, with content, state, app and the names of its categories.
 */
export const mem0: Format = {
  name: 'mem0',
  title: 'mem0',
  takes: 'the JSON that get_all or OpenMemory\'s backup gave (memories.json or memories.jsonl)',
  async * read (files) {
    for (const file of files) yield * file.path.endsWith('.jsonl') ? readLines(file) : readJson(file)
  }
}

async function * readLines (file: InputFile): AsyncGenerator<Item> {
  for await (const { text, number } of linesOf(file)) yield * memory(objectOf(file.path, text, number), `${file.path}, line ${number}`)
}

async function * readJson (file: InputFile): AsyncGenerator<Item> {
  for await (const { value, place } of elementsOf(file)) {
    const list = isObject(value) && [value['results'], value['memories']].find(Array.isArray)
    if (!list || !isObject(value)) {
      yield * memory(value, place)
      continue
    }
    const categories = new Map(listOf(value['categories']).filter(isObject).map(({ id, name }) => [id, name]))
    for (const [i, one] of list.entries()) yield * memory(one, `${place}, memory ${i + 1}`, categories)
    for (const [i, one] of listOf(value['relations']).entries()) yield relation(one, `${place}, relation ${i + 1}`)
  }
}

function * memory (one: unknown, place: string, categories: ReadonlyMap<unknown, unknown> = new Map()): Generator<Item> {
  const { id, memory: said, content, state, metadata, run_id: run, ...rest } = isObject(one) ? one : {}
  const value = [said, content].find((text) => typeof text === 'string')
  if (typeof id !== 'string' || typeof value !== 'string') {
    throw new ToolError(`${place} is no memory of mem0's: it needs an id, and its text as memory or content. An export through a schema of one's own has no ids; use get_all.`)
  }
  if (state === 'deleted') return
  yield {
    memory: {
      key: `mem0/${id}`,
      value,
      tags: [...listOf(rest['categories']), ...listOf(rest['category_ids']).map((one) => categories.get(one))],
      metadata: { ...(isObject(metadata) && metadata), agent_id: rest['agent_id'], app: rest['app'] ?? rest['app_id'], state: state === 'active' ? undefined : state },
      session_id: textOf(run) && `mem0/${textOf(run)}`,
      occurred_at: timeOf(rest['created_at']),
      expires_at: timeOf(rest['expiration_date'])
    }
  }
}

function relation (one: unknown, place: string): Item {
  const { source, relationship, target } = isObject(one) ? one : {}
  if (typeof source !== 'string' || typeof relationship !== 'string' || typeof target !== 'string') throw new ToolError(`${place} is no relation of mem0's: source, relationship, target.`)
  return { link: { from: { type: 'topic', name: source }, to: { type: 'topic', name: target }, type: relationship } }
}
