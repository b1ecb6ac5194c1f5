import type { ImportFormat, ImportItem } from '../item.ts'
import { isObject, textOrEmpty } from '../json-values.ts'
import { formatHint } from '../recognize.ts'
import { BrokenItemError } from '../run.ts'
import { parseForeignTime } from '../time.ts'
import {
  type JsonPart,
  labelsOf,
  readJsonFile,
  readList,
  requireText,
  timeOf
} from './json-parts.ts'

/**
 * The export of doobidoo's mcp-memory-service, as github.com/doobidoo/mcp-memory-service had it in
 * May 2026 (10.59): scripts/sync/export_memories.py writes { export_metadata, memories }, the
 * dashboard { export_date, total_memories, memories }, and GET /api/memories answers one page of
 * memories with has_more. A memory has content, content_hash, tags, memory_type, metadata and
 * created_at in seconds; the API adds created_at_iso. Its content_hash is its only id.
 */
export const mcpMemoryServiceFormat: ImportFormat = {
  name: 'mcp-memory-service',
  title: 'mcp-memory-service',
  takes: 'the JSON that its dashboard or scripts/sync/export_memories.py exported',
  picks: (path) => /\.json$/i.test(path),
  async *read(files) {
    for (const inputFile of files) yield* readJsonFile(inputFile, readExport)
  }
}

function* readExport(value: unknown, place: string): Generator<ImportItem> {
  if (!isObject(value) || !Array.isArray(value['memories'])) {
    if (isObject(value) && 'content_hash' in value) {
      yield* memoryItems({ place, value })
      return
    }
    const hint = formatHint(value, 'mcp-memory-service')
    throw new BrokenItemError(`${place} has no list of memories.${hint}`)
  }
  yield* readList(value['memories'], place, 'memory', memoryItems)
  const total = value['total_memories'] ?? value['total']
  const count = value['memories'].length
  if (typeof total === 'number' && total > count) {
    yield {
      warning: `${place} counts ${total} memories and holds ${count}. Export the others, too.`
    }
  }
}

function* memoryItems(part: JsonPart): Generator<ImportItem> {
  const { value } = part
  const content = requireText(part, 'content')
  const contentHash = requireText(part, 'content_hash')
  const { time, warnings } = timeOf(part, ['created_at_iso', 'created_at'])
  yield* warnings
  const metadata = isObject(value['metadata']) ? value['metadata'] : {}
  yield {
    memory: {
      key: `mcp-memory-service/${contentHash}`,
      value: content,
      tags: labelsOf(value['tags']),
      ...(textOrEmpty(value['memory_type']) && { type: textOrEmpty(value['memory_type']) }),
      metadata: { export_source: value['export_source'], ...metadata },
      occurred_at: time ?? parseForeignTime(metadata['created_at'])
    }
  }
}
