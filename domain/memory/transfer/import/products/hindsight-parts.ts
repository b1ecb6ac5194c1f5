import { type ImportItem, shortDigest } from '../item.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from '../json-values.ts'
import { allOrBroken } from '../run.ts'
import { type JsonObject, type JsonPart, requireText, timeOf } from './json-parts.ts'

/** Keys of facts by their document and index. */
export type FactKeys = Map<string, string>

const factTimes = ['occurred_start', 'event_date', 'mentioned_at']

/** A document, its facts, and their links. */
export function* documentItems(
  document: JsonObject,
  place: string,
  bank: string,
  factKeys: FactKeys
): Generator<ImportItem> {
  const documentId = textOrEmpty(document['id'])
  const documentKey = joinKey(bank, documentId)
  const text = textOrEmpty(document['original_text']) || chunksText(document['chunks'])
  const { time, warnings } = timeOf({ place, value: document }, ['created_at'])
  yield* warnings
  if (text.trim() === '') yield { left: 'documents without text', count: 1 }
  else {
    yield {
      memory: {
        key: documentKey,
        value: text,
        type: 'document',
        tags: arrayOrEmpty(document['tags']),
        metadata: { document: documentId, bank },
        occurred_at: time
      }
    }
  }
  const facts = arrayOrEmpty(document['facts'])
  for (const [index, fact] of facts.entries()) {
    const factText = isObject(fact) ? textOrEmpty(fact['text']) : ''
    factKeys.set(`${documentId} ${index}`, `${documentKey}/${shortDigest(factText)}`)
  }
  const keyOf = (index: number) => factKeys.get(`${documentId} ${index}`)
  for (const [index, fact] of facts.entries()) {
    const hasDocument = text.trim() !== ''
    const part = { place: `${place}, fact ${index + 1}`, value: isObject(fact) ? fact : {} }
    yield* allOrBroken(() => [
      ...factItems(part, keyOf(index)!, bank),
      ...(hasDocument ? [link(keyOf(index)!, documentKey, 'from')] : []),
      ...causalLinks(part.value, keyOf(index)!, keyOf)
    ])
  }
}

function chunksText(chunks: unknown): string {
  return arrayOrEmpty(chunks)
    .filter(isObject)
    .toSorted((a, b) => Number(a['chunk_index']) - Number(b['chunk_index']))
    .map((chunk) => textOrEmpty(chunk['chunk_text']))
    .join('\n\n')
}

function* factItems(part: JsonPart, key: string, bank: string): Generator<ImportItem> {
  const { value } = part
  const text = requireText(part, 'text')
  const { time, warnings } = timeOf(part, factTimes)
  yield* warnings
  yield {
    memory: {
      key,
      value: text,
      type: value['fact_type'] === 'experience' ? 'experience' : 'fact',
      tags: arrayOrEmpty(value['tags']),
      metadata: {
        context: value['context'],
        occurred_end: value['occurred_end'],
        bank,
        ...(isObject(value['metadata']) && value['metadata'])
      },
      occurred_at: time
    }
  }
  for (const entity of arrayOrEmpty(value['entities'])) {
    if (typeof entity !== 'string' || entity.trim() === '') continue
    yield { link: { from: { key }, to: { type: 'topic', name: entity }, type: 'mentions' } }
  }
}

/** Links to the facts that caused this one. */
function causalLinks(
  fact: JsonObject,
  key: string,
  keyOf: (index: number) => string | undefined
): ImportItem[] {
  return arrayOrEmpty(fact['causal_relations'])
    .filter(isObject)
    .flatMap((relation) => {
      const targetKey = keyOf(Number(relation['target_fact_index']))
      if (targetKey === undefined) return []
      return [link(key, targetKey, textOrEmpty(relation['relation_type']) || 'caused_by')]
    })
}

/** An observation, and links to the facts it was made of. */
export function* observationItems(
  part: JsonPart,
  bank: string,
  factKeys: FactKeys
): Generator<ImportItem> {
  const { value } = part
  const text = requireText(part, 'text')
  const key = joinKey(bank, `observation/${shortDigest(text)}`)
  const { time, warnings } = timeOf(part, factTimes)
  yield* warnings
  yield {
    memory: {
      key,
      value: text,
      type: 'observation',
      tags: arrayOrEmpty(value['tags']),
      metadata: { proof_count: value['proof_count'], bank },
      occurred_at: time
    }
  }
  for (const source of arrayOrEmpty(value['sources']).filter(isObject)) {
    const factKey = factKeys.get(`${textOrEmpty(source['document_id'])} ${source['fact_index']}`)
    if (factKey !== undefined) yield link(key, factKey, 'derived_from')
  }
}

function joinKey(bank: string, name: string): string {
  return ['hindsight', bank, name].filter(Boolean).join('/')
}

function link(from: string, to: string, type: string): ImportItem {
  return { link: { from: { key: from }, to: { key: to }, type } }
}
