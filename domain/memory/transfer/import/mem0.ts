import {
  type ImportFormat,
  type InputFile,
  isObject,
  type ImportItem,
  arrayOrEmpty,
  textOrEmpty,
  parseForeignTime
} from './item.ts'
import { readElements, readNumberedLines, parseLineObjects } from './json-text.ts'
import { formatHint } from './recognize.ts'
import { BrokenItemError, allOrBroken } from './run.ts'

/**
 * What mem0 gives out, in the three forms that its own documents and sources show:
 * - get_all (docs.mem0.ai/api-reference/memory, cookbooks/essentials/exporting-memories):
 *   { results: [...] } or the list alone, a page of it with count, next and previous; a memory has
 *   id, memory, metadata, categories, user_id, agent_id, app_id, run_id, created_at, updated_at;
 *   with a graph store beside it relations of { source, relationship, target }
 *   (mem0/memory/graph_memory.py);
 * - OpenMemory's memories.json (openmemory/api/app/routers/backup.py): { memories: [{ id, content,
 *   metadata, state, category_ids, ... }], categories: [{ id, name }] };
 * - OpenMemory's memories.jsonl, unpacked: a line for each memory, with content, state, app and the
 *   names of its categories.
 */
export const mem0Format: ImportFormat = {
  name: 'mem0',
  title: 'mem0',
  takes: "the JSON that get_all or OpenMemory's backup gave (memories.json or memories.jsonl)",
  async *read(files) {
    for (const file of files) yield* /\.jsonl$/i.test(file.path) ? readLines(file) : readJson(file)
  }
}

async function* readLines(file: InputFile): AsyncGenerator<ImportItem> {
  for await (const { text, number } of readNumberedLines(file)) {
    const place = `${file.path}, line ${number}`
    yield* allOrBroken(() =>
      parseLineObjects(file.path, text, number).flatMap((value) => [...memory(value, place)])
    )
  }
}

async function* readJson(file: InputFile): AsyncGenerator<ImportItem> {
  for await (const element of readElements(file)) {
    if ('fault' in element) yield { broken: element.fault }
    else yield* readValue(element.value, element.place)
  }
}

function* readValue(value: unknown, place: string): Generator<ImportItem> {
  const list = isObject(value) && [value['results'], value['memories']].find(Array.isArray)
  if (!list || !isObject(value)) {
    yield* allOrBroken(() => memory(value, place))
    return
  }
  const categories = new Map(
    arrayOrEmpty(value['categories'])
      .filter(isObject)
      .map(({ id, name }) => [id, name])
  )
  for (const [i, item] of list.entries()) {
    yield* allOrBroken(() => memory(item, `${place}, memory ${i + 1}`, categories))
  }
  for (const [i, item] of arrayOrEmpty(value['relations']).entries()) {
    yield* allOrBroken(() => [relation(item, `${place}, relation ${i + 1}`)])
  }
  yield* morePages(value, place, list.length)
}

/** get_all answers a page at a time; what stands on the others is not in this file. */
function* morePages(
  { next, previous, count }: Record<string, unknown>,
  place: string,
  here: number
): Generator<ImportItem> {
  const total =
    typeof count === 'number' && count > here
      ? ` It counts ${count} memories and holds ${here}.`
      : ''
  if (!next && total === '') return
  const which = previous ? 'one page' : 'the first page'
  const address = typeof next === 'string' ? ` (next: ${next.slice(0, 200)})` : ''
  yield {
    warning: `${place} is ${which} of several${address}.${total} Get the other pages and import each of them, too.`
  }
}

function* memory(
  item: unknown,
  place: string,
  categories: ReadonlyMap<unknown, unknown> = new Map()
): Generator<ImportItem> {
  const {
    id: given,
    memory: text,
    content,
    state,
    metadata,
    run_id: run,
    ...rest
  } = isObject(item) ? item : {}
  const value = [text, content].find((candidate) => typeof candidate === 'string')
  const id = typeof given === 'number' ? String(given) : given
  if (typeof id !== 'string' || id === '' || typeof value !== 'string') {
    const fault = typeof value === 'string' ? 'it has no id' : 'its text is missing'
    throw new BrokenItemError(
      `${place} is no memory of mem0's: it needs an id, and its text as memory or content; ${fault}. ` +
        `An export through a schema of one's own has no ids; use get_all.${formatHint(item, 'mem0')}`
    )
  }
  if (state === 'deleted') {
    yield { left: 'memories that were deleted in mem0', count: 1 }
    return
  }
  if (value.trim() === '') {
    yield { left: 'memories without text', count: 1 }
    return
  }
  const tags = [
    ...arrayOrEmpty(rest['categories']),
    ...arrayOrEmpty(rest['category_ids']).map((category) => categories.get(category))
  ]
  yield {
    memory: {
      key: `mem0/${id}`,
      value,
      tags,
      metadata: {
        ...(isObject(metadata) && metadata),
        agent_id: rest['agent_id'],
        app: rest['app'] ?? rest['app_id'],
        state: state === 'active' ? undefined : state
      },
      session_id: textOrEmpty(run) && `mem0/${textOrEmpty(run)}`,
      occurred_at: parseForeignTime(rest['created_at']),
      expires_at: parseForeignTime(rest['expiration_date'])
    }
  }
}

function relation(item: unknown, place: string): ImportItem {
  const { source, relationship, target } = isObject(item) ? item : {}
  if (
    typeof source !== 'string' ||
    typeof relationship !== 'string' ||
    typeof target !== 'string'
  ) {
    throw new BrokenItemError(`${place} is no relation of mem0's: source, relationship, target.`)
  }
  return {
    link: {
      from: { type: 'topic', name: source },
      to: { type: 'topic', name: target },
      type: relationship
    }
  }
}
