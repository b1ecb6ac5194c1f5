import type { ImportFormat, ImportItem, InputFile } from './item.ts'
import { parseLineObjects, readElements, readNumberedLines } from './json-text.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from './json-values.ts'
import { formatHint } from './recognize.ts'
import { allOrBroken, BrokenItemError } from './run.ts'
import { parseForeignTime } from './time.ts'

/**
 * The output of mem0, in the three forms that its documents and sources show:
 * - get_all (docs.mem0.ai/api-reference/memory, cookbooks/essentials/exporting-memories):
 *   { results: [...] } or the list alone; a page of it with count, next and previous. A memory has
 *   id, memory, metadata, categories, user_id, agent_id, app_id, run_id, created_at, updated_at.
 *   A graph store adds relations of { source, relationship, target }
 *   (mem0/memory/graph_memory.py).
 * - OpenMemory's memories.json (openmemory/api/app/routers/backup.py): { memories: [{ id, content,
 *   metadata, state, category_ids, ... }], categories: [{ id, name }] }.
 * - OpenMemory's memories.jsonl, unpacked: a line for each memory, with content, state, app and the
 *   names of its categories.
 */
export const mem0Format: ImportFormat = {
  name: 'mem0',
  title: 'mem0',
  takes: "the JSON that get_all or OpenMemory's backup gave (memories.json or memories.jsonl)",
  async *read(files) {
    for (const inputFile of files) {
      const hasLines = /\.jsonl$/i.test(inputFile.path)
      yield* hasLines ? readMemoryLines(inputFile) : readMemoryJson(inputFile)
    }
  }
}

async function* readMemoryLines(inputFile: InputFile): AsyncGenerator<ImportItem> {
  for await (const { text, number } of readNumberedLines(inputFile)) {
    const place = `${inputFile.path}, line ${number}`
    yield* allOrBroken(() =>
      parseLineObjects(inputFile.path, text, number).flatMap((lineObject) => [
        ...memoryItems(lineObject, place)
      ])
    )
  }
}

async function* readMemoryJson(inputFile: InputFile): AsyncGenerator<ImportItem> {
  for await (const element of readElements(inputFile)) {
    if ('fault' in element) yield { broken: element.fault }
    else yield* readMemoryValue(element.value, element.place)
  }
}

function* readMemoryValue(value: unknown, place: string): Generator<ImportItem> {
  const memoryList = isObject(value) && [value['results'], value['memories']].find(Array.isArray)
  if (!memoryList || !isObject(value)) {
    yield* allOrBroken(() => memoryItems(value, place))
    return
  }
  const categoryNames = new Map(
    arrayOrEmpty(value['categories'])
      .filter(isObject)
      .map(({ id, name }) => [id, name])
  )
  for (const [index, rawMemory] of memoryList.entries()) {
    const memoryPlace = `${place}, memory ${index + 1}`
    yield* allOrBroken(() => memoryItems(rawMemory, memoryPlace, categoryNames))
  }
  for (const [index, rawRelation] of arrayOrEmpty(value['relations']).entries()) {
    yield* allOrBroken(() => [relationItem(rawRelation, `${place}, relation ${index + 1}`)])
  }
  yield* missingPagesWarning(value, place, memoryList.length)
}

/** Warns about a file that holds one page of get_all. */
function* missingPagesWarning(
  { next, previous, count }: Record<string, unknown>,
  place: string,
  listedCount: number
): Generator<ImportItem> {
  const countNote =
    typeof count === 'number' && count > listedCount
      ? ` It counts ${count} memories and holds ${listedCount}.`
      : ''
  if (!next && countNote === '') return
  const pageName = previous ? 'one page' : 'the first page'
  const nextPage = typeof next === 'string' ? ` (next: ${next.slice(0, 200)})` : ''
  yield {
    warning:
      `${place} is ${pageName} of several${nextPage}.${countNote} ` +
      'Get the other pages and import each of them, too.'
  }
}

function* memoryItems(
  rawMemory: unknown,
  place: string,
  categoryNames: ReadonlyMap<unknown, unknown> = new Map()
): Generator<ImportItem> {
  const memoryFields: Record<string, unknown> = isObject(rawMemory) ? rawMemory : {}
  const { metadata, state } = memoryFields
  const { memoryId, value } = requireIdAndText(memoryFields, place, rawMemory)
  if (state === 'deleted') {
    yield { left: 'memories that were deleted in mem0', count: 1 }
    return
  }
  if (value.trim() === '') {
    yield { left: 'memories without text', count: 1 }
    return
  }
  const runId = textOrEmpty(memoryFields['run_id'])
  yield {
    memory: {
      key: `mem0/${memoryId}`,
      value,
      tags: [
        ...arrayOrEmpty(memoryFields['categories']),
        ...arrayOrEmpty(memoryFields['category_ids']).map((categoryId) =>
          categoryNames.get(categoryId)
        )
      ],
      metadata: {
        ...(isObject(metadata) && metadata),
        agent_id: memoryFields['agent_id'],
        app: memoryFields['app'] ?? memoryFields['app_id'],
        state: state === 'active' ? undefined : state
      },
      session_id: runId && `mem0/${runId}`,
      occurred_at: parseForeignTime(memoryFields['created_at']),
      expires_at: parseForeignTime(memoryFields['expiration_date'])
    }
  }
}

/** Throws BrokenItemError if the memory has no id or no text. */
function requireIdAndText(
  fields: Record<string, unknown>,
  place: string,
  rawMemory: unknown
): { memoryId: string; value: string } {
  const memoryText = [fields['memory'], fields['content']].find(
    (candidate) => typeof candidate === 'string'
  )
  const rawId = fields['id']
  const memoryId = typeof rawId === 'number' ? String(rawId) : rawId
  if (typeof memoryId === 'string' && memoryId !== '' && typeof memoryText === 'string') {
    return { memoryId, value: memoryText }
  }
  const fault = typeof memoryText === 'string' ? 'it has no id' : 'its text is missing'
  throw new BrokenItemError(
    `${place} is not a memory of mem0: it needs an id, and its text as memory or content; ` +
      `${fault}. An export through a custom schema has no ids; use get_all.` +
      formatHint(rawMemory, 'mem0')
  )
}

function relationItem(rawRelation: unknown, place: string): ImportItem {
  const { source, relationship, target } = isObject(rawRelation) ? rawRelation : {}
  if (
    typeof source !== 'string' ||
    typeof relationship !== 'string' ||
    typeof target !== 'string'
  ) {
    throw new BrokenItemError(
      `${place} is not a relation of mem0: it needs source, relationship and target.`
    )
  }
  return {
    link: {
      from: { type: 'topic', name: source },
      to: { type: 'topic', name: target },
      type: relationship
    }
  }
}
