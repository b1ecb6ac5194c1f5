import type { ImportFormat, ImportItem, InputFile } from './item.ts'
import { parseLineObjects, readElements, readNumberedLines } from './json-text.ts'
import { arrayOrEmpty, isObject } from './json-values.ts'
import { formatHint } from './recognize.ts'
import { allOrBroken, BrokenItemError } from './run.ts'

/**
 * The file of @modelcontextprotocol/server-memory (memory.jsonl, or the file in MEMORY_FILE_PATH),
 * as saveGraph in its src/memory/index.ts writes it (github.com/modelcontextprotocol/servers): a
 * line for each entity { type, name, entityType, observations } and relation { type, from, to,
 * relationType }. Two servers that write at once leave two objects in one line. The result of
 * read_graph, { entities, relations }, and a JSON array of both are read, too. An entity becomes a
 * memory with its name as key and its observations as lines; a relation becomes a link.
 */
export const serverMemoryFormat: ImportFormat = {
  name: 'server-memory',
  title: 'server-memory',
  takes: 'the file memory.jsonl of @modelcontextprotocol/server-memory',
  async *read(files) {
    for (const inputFile of files) {
      yield* (await isJsonDocument(inputFile))
        ? readJsonGraph(inputFile)
        : readGraphLines(inputFile)
    }
  }
}

/** Whether the file is one JSON value over several lines, or an array. */
async function isJsonDocument(inputFile: InputFile): Promise<boolean> {
  const { value: firstLine } = await readNumberedLines(inputFile).next()
  return /^\s*(\[(?!\s*\]\s*$)|\{\s*$|\{\s*"(?:entities|relations)")/.test(firstLine?.text ?? '')
}

async function* readGraphLines(inputFile: InputFile): AsyncGenerator<ImportItem> {
  for await (const { text, number } of readNumberedLines(inputFile)) {
    const place = `${inputFile.path}, line ${number}`
    yield* allOrBroken(() => {
      const lineObjects = parseLineObjects(inputFile.path, text, number)
      const graphItems = lineObjects.map((lineObject) => graphItem(lineObject, place))
      if (lineObjects.length === 1) return graphItems
      const warning = `${place} holds ${lineObjects.length} objects; all were read.`
      return [...graphItems, { warning }]
    })
  }
}

async function* readJsonGraph(inputFile: InputFile): AsyncGenerator<ImportItem> {
  for await (const element of readElements(inputFile)) {
    if ('fault' in element) {
      yield { broken: element.fault }
      continue
    }
    const { value, place } = element
    if (!isObject(value) || !('entities' in value || 'relations' in value)) {
      yield* allOrBroken(() => [graphItem(value, place)])
      continue
    }
    for (const [type, member] of [
      ['entity', 'entities'],
      ['relation', 'relations']
    ] as const) {
      for (const [index, graphPart] of arrayOrEmpty(value[member]).entries()) {
        yield* allOrBroken(() => [
          graphItem(
            isObject(graphPart) ? { ...graphPart, type } : graphPart,
            `${place}, ${type} ${index + 1}`
          )
        ])
      }
    }
  }
}

function graphItem(value: unknown, place: string): ImportItem {
  if (!isObject(value)) throw new BrokenItemError(`${place} is not a JSON object.`)
  const { type } = value
  if (type === 'entity') return entityItem(value, place)
  if (type === 'relation') return relationItem(value, place)
  const typeText =
    typeof type === 'string' ? `its type is "${type.slice(0, 40)}"` : 'it has no type'
  throw new BrokenItemError(
    `${place} is not an entity or relation of server-memory: ${typeText}.` +
      formatHint(value, 'server-memory')
  )
}

function entityItem(value: Record<string, unknown>, place: string): ImportItem {
  const { name, entityType, observations } = value
  const entityFault = textFault({ name, entityType }) ?? observationsFault(observations)
  if (entityFault) {
    throw new BrokenItemError(`${place} is not an entity of server-memory: ${entityFault}.`)
  }
  return {
    memory: {
      key: name as string,
      value: (observations as string[]).join('\n') || (name as string),
      type: entityType as string
    }
  }
}

function relationItem(value: Record<string, unknown>, place: string): ImportItem {
  const { from, to, relationType } = value
  const relationFault = textFault({ from, to, relationType })
  if (relationFault) {
    throw new BrokenItemError(`${place} is not a relation of server-memory: ${relationFault}.`)
  }
  return {
    link: {
      from: { key: from as string },
      to: { key: to as string },
      type: relationType as string
    }
  }
}

/** Describes the first member that is not a text; undefined if all are. */
function textFault(members: Record<string, unknown>): string | undefined {
  const wrongMember = Object.entries(members).find(
    ([member, value]) => typeof value !== 'string' || (value === '' && member !== 'entityType')
  )
  return wrongMember && `${wrongMember[0]} must be text and ${valueDescription(wrongMember[1])}`
}

function observationsFault(observations: unknown): string | undefined {
  if (!Array.isArray(observations)) {
    return `observations must be a list of texts and ${valueDescription(observations)}`
  }
  const wrongIndex = observations.findIndex((observation) => typeof observation !== 'string')
  if (wrongIndex < 0) return undefined
  const valueText = valueDescription(observations[wrongIndex])
  return `observation ${wrongIndex + 1} must be text and ${valueText}`
}

function valueDescription(value: unknown): string {
  if (value === undefined) return 'is missing'
  if (value === '') return 'is empty'
  if (value === null) return 'is null'
  if (Array.isArray(value)) return 'is a list'
  return typeof value === 'object' ? 'is an object' : `is a ${typeof value}`
}
