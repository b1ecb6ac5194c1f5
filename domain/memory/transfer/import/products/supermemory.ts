import type { ImportFormat, ImportItem } from '../item.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from '../json-values.ts'
import { formatHint } from '../recognize.ts'
import { BrokenItemError } from '../run.ts'
import { parseForeignTime } from '../time.ts'
import { type JsonPart, readJsonFile, readList, requireText, timeOf } from './json-parts.ts'

/**
 * What supermemory gives out, as packages/validation/api.ts and apps/docs of
 * github.com/supermemoryai/supermemory had it in August 2026; it documents no export file. Read are
 * the answers of POST /v3/documents/documents ({ documents: [{ ..., memoryEntries }] }),
 * /v3/documents/list ({ memories: [document] }) and /v4/memories/list ({ memoryEntries }), a list
 * of such entries, and exports that wrap them. A document has id, title, content, summary, url,
 * containerTags; an entry has id, memory, version, isLatest, isForgotten, isStatic, forgetAfter.
 */
export const supermemoryFormat: ImportFormat = {
  name: 'supermemory',
  title: 'supermemory',
  takes: 'the JSON of its documents or memories, as its API or its export gives them',
  picks: (path) => /\.json$/i.test(path),
  async *read(files) {
    for (const inputFile of files) yield* readJsonFile(inputFile, readExport)
  }
}

function* readExport(value: unknown, place: string): Generator<ImportItem> {
  const lists = isObject(value)
    ? ['documents', 'memories', 'memoryEntries'].filter((name) => Array.isArray(value[name]))
    : []
  if (!isObject(value) || (lists.length === 0 && typeof value['id'] !== 'string')) {
    const hint = formatHint(value, 'supermemory')
    throw new BrokenItemError(`${place} has no documents and no memories.${hint}`)
  }
  if (lists.length === 0) yield* entryItems({ place, value })
  for (const list of lists) {
    yield* readList(value[list], place, list === 'documents' ? 'document' : 'memory', entryItems)
  }
  yield* pageWarning(value, place)
}

function* pageWarning(value: Record<string, unknown>, place: string): Generator<ImportItem> {
  const pagination = isObject(value['pagination']) ? value['pagination'] : {}
  const { currentPage, totalPages } = pagination
  if (typeof totalPages !== 'number' || totalPages <= 1) return
  yield {
    warning: `${place} is page ${String(currentPage)} of ${totalPages}. Import the others, too.`
  }
}

/** A memory entry, or a document with its entries. */
function entryItems(part: JsonPart): Iterable<ImportItem> {
  return typeof part.value['memory'] === 'string' ? memoryItems(part) : documentItems(part)
}

function* documentItems(part: JsonPart): Generator<ImportItem> {
  const { place, value } = part
  const documentKey = `supermemory/${requireText(part, 'id')}`
  const title = textOrEmpty(value['title'])
  const body = textOrEmpty(value['content']) || textOrEmpty(value['summary'])
  const { time, warnings } = timeOf(part, ['createdAt'])
  yield* warnings
  if (body.trim() === '' && title.trim() === '') {
    yield { left: 'documents without text', count: 1 }
  } else {
    yield {
      memory: {
        key: documentKey,
        value: title && !body.includes(title) ? `# ${title}\n\n${body}`.trim() : body,
        type: 'document',
        tags: arrayOrEmpty(value['containerTags']),
        metadata: {
          title,
          url: value['url'],
          custom_id: value['customId'],
          source: value['source'],
          ...(isObject(value['metadata']) && value['metadata'])
        },
        occurred_at: time
      }
    }
  }
  for (const [index, entry] of arrayOrEmpty(value['memoryEntries']).entries()) {
    if (!isObject(entry)) continue
    const items = [...memoryItems({ place: `${place}, memory ${index + 1}`, value: entry })]
    yield* items
    for (const item of items) {
      if (!('memory' in item) || (body.trim() === '' && title.trim() === '')) continue
      yield { link: { from: { key: item.memory.key }, to: { key: documentKey }, type: 'from' } }
    }
  }
}

function* memoryItems(part: JsonPart): Generator<ImportItem> {
  const { value } = part
  const id = requireText(part, 'id')
  const text = requireText(part, 'memory')
  if (value['isForgotten'] === true) {
    yield { left: 'memories that were forgotten', count: 1 }
    return
  }
  if (value['isLatest'] === false) {
    yield { left: 'former versions', count: 1 }
    return
  }
  yield { left: 'former versions', count: arrayOrEmpty(value['history']).length }
  const { time, warnings } = timeOf(part, ['createdAt'])
  yield* warnings
  const containerTag = textOrEmpty(value['spaceContainerTag'])
  yield {
    memory: {
      key: `supermemory/${id}`,
      value: text,
      type: 'fact',
      tags: [...arrayOrEmpty(value['containerTags']), ...(containerTag ? [containerTag] : [])],
      importance: value['isStatic'] === true ? 0.7 : 0.5,
      metadata: {
        inferred: value['isInference'] === true ? true : undefined,
        ...(isObject(value['metadata']) && value['metadata'])
      },
      occurred_at: time,
      expires_at: parseForeignTime(value['forgetAfter'])
    }
  }
}
