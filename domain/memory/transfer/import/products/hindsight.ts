import type { ImportFormat, InputFile } from '../item.ts'
import { readElements } from '../json-text.ts'
import { isObject, textOrEmpty } from '../json-values.ts'
import { formatHint } from '../recognize.ts'
import { BrokenItemError } from '../run.ts'
import { documentItems, type FactKeys, observationItems } from './hindsight-parts.ts'
import { readJsonFile, readList } from './json-parts.ts'

/**
 * The archive of hindsight's export, as github.com/vectorize-io/hindsight
 * hindsight-api-slim/hindsight_api/engine/transfer/schema.py had it in August 2026 (schema 1):
 * manifest.json, documents/000000.json and so on, and observations.json. A document has id,
 * original_text, tags, chunks and facts. A fact has text, fact_type (world, experience), context,
 * times, tags, entities, and causal relations to other facts by their index.
 */
export const hindsightFormat: ImportFormat = {
  name: 'hindsight',
  title: 'hindsight',
  takes: 'the zip of its export, or the unpacked folder',
  picks: (path) => /(^|\/)(manifest|observations)\.json$|(^|\/)documents\/[^/]+\.json$/i.test(path),
  async *read(files) {
    const manifestFile = files.find(({ path }) => /(^|\/)manifest\.json$/i.test(path))
    const bank = manifestFile ? await bankOf(manifestFile) : ''
    const factKeys: FactKeys = new Map()
    const contentFiles = files.filter((file) => file !== manifestFile)
    // Observations refer to facts, so they come last.
    const isObservations = ({ path }: InputFile) => /(^|\/)observations\.json$/i.test(path)
    for (const inputFile of contentFiles.filter((file) => !isObservations(file))) {
      yield* readJsonFile(inputFile, (value, place) =>
        documentItems(requireDocument(value, place), place, bank, factKeys)
      )
    }
    for (const inputFile of contentFiles.filter(isObservations)) {
      yield* readJsonFile(inputFile, (value, place) =>
        readList([value], place, 'observation', (part) => observationItems(part, bank, factKeys))
      )
    }
  }
}

/** The name of the exported bank; empty if the manifest cannot be read. */
async function bankOf(manifestFile: InputFile): Promise<string> {
  for await (const element of readElements(manifestFile)) {
    if ('value' in element && isObject(element.value)) {
      return textOrEmpty(element.value['source_bank_id'])
    }
  }
  return ''
}

/** Throws BrokenItemError for a file that is not a document. */
function requireDocument(value: unknown, place: string): Record<string, unknown> {
  const hasParts = isObject(value) && (Array.isArray(value['facts']) || 'original_text' in value)
  if (hasParts && textOrEmpty(value['id']) !== '') return value
  const hint = formatHint(value, 'hindsight')
  throw new BrokenItemError(`${place} is not a document of hindsight's export.${hint}`)
}
