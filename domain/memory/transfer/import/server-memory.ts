import {
  type ImportFormat,
  type InputFile,
  isObject,
  type ImportItem,
  arrayOrEmpty
} from './item.ts'
import { readElements, readNumberedLines, parseLineObjects } from './json-text.ts'
import { formatHint } from './recognize.ts'
import { BrokenItemError, allOrBroken } from './run.ts'

/**
 * The file of @modelcontextprotocol/server-memory (memory.jsonl, or what MEMORY_FILE_PATH names),
 * as saveGraph in its src/memory/index.ts writes it (github.com/modelcontextprotocol/servers): a
 * line for each entity { type, name, entityType, observations } and relation { type, from, to,
 * relationType }. Two servers that write at once leave two objects in one line. What read_graph
 * answers, { entities, relations }, and a JSON array of both are read, too. An entity becomes a
 * memory under its name whose lines are its observations, a relation a link.
 */
export const serverMemoryFormat: ImportFormat = {
  name: 'server-memory',
  title: 'server-memory',
  takes: 'the file memory.jsonl of @modelcontextprotocol/server-memory',
  async *read(files) {
    for (const file of files) yield* (await isOneValue(file)) ? readJson(file) : readLines(file)
  }
}

/** The file is one JSON value over several lines, or an array. */
async function isOneValue(file: InputFile): Promise<boolean> {
  const { value: first } = await readNumberedLines(file).next()
  return /^\s*(\[(?!\s*\]\s*$)|\{\s*$|\{\s*"(?:entities|relations)")/.test(first?.text ?? '')
}

async function* readLines(file: InputFile): AsyncGenerator<ImportItem> {
  for await (const { text, number } of readNumberedLines(file)) {
    const place = `${file.path}, line ${number}`
    yield* allOrBroken(() => {
      const values = parseLineObjects(file.path, text, number)
      const items = values.map((value) => itemOf(value, place))
      if (values.length === 1) return items
      return [...items, { warning: `${place} holds ${values.length} objects; all were read.` }]
    })
  }
}

async function* readJson(file: InputFile): AsyncGenerator<ImportItem> {
  for await (const element of readElements(file)) {
    if ('fault' in element) {
      yield { broken: element.fault }
      continue
    }
    const { value, place } = element
    if (!isObject(value) || !('entities' in value || 'relations' in value)) {
      yield* allOrBroken(() => [itemOf(value, place)])
      continue
    }
    for (const [type, name] of [
      ['entity', 'entities'],
      ['relation', 'relations']
    ] as const) {
      for (const [i, item] of arrayOrEmpty(value[name]).entries()) {
        yield* allOrBroken(() => [
          itemOf(isObject(item) ? { ...item, type } : item, `${place}, ${type} ${i + 1}`)
        ])
      }
    }
  }
}

function itemOf(value: unknown, place: string): ImportItem {
  if (!isObject(value)) throw new BrokenItemError(`${place} is no JSON object.`)
  const { type, name, entityType, observations, from, to, relationType } = value
  if (type === 'entity') {
    const fault = textFault({ name, entityType }) ?? observationsFault(observations)
    if (fault) throw new BrokenItemError(`${place} is no entity of server-memory's: ${fault}.`)
    return {
      memory: {
        key: name as string,
        value: (observations as string[]).join('\n') || (name as string),
        type: entityType as string
      }
    }
  }
  if (type === 'relation') {
    const fault = textFault({ from, to, relationType })
    if (fault) throw new BrokenItemError(`${place} is no relation of server-memory's: ${fault}.`)
    return {
      link: {
        from: { key: from as string },
        to: { key: to as string },
        type: relationType as string
      }
    }
  }
  const what = typeof type === 'string' ? `its type is "${type.slice(0, 40)}"` : 'it has no type'
  throw new BrokenItemError(
    `${place} is no entity or relation of server-memory's: ${what}.${formatHint(value, 'server-memory')}`
  )
}

/** Which of these members is no text, in words. */
function textFault(members: Record<string, unknown>): string | undefined {
  const wrong = Object.entries(members).find(
    ([member, value]) => typeof value !== 'string' || (value === '' && member !== 'entityType')
  )
  return wrong && `${wrong[0]} must be text and ${nameOf(wrong[1])}`
}

function observationsFault(observations: unknown): string | undefined {
  if (!Array.isArray(observations)) {
    return `observations must be a list of texts and ${nameOf(observations)}`
  }
  const wrong = observations.findIndex((observation) => typeof observation !== 'string')
  return wrong < 0
    ? undefined
    : `observation ${wrong + 1} must be text and ${nameOf(observations[wrong])}`
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'is missing'
  if (value === '') return 'is empty'
  return `is ${value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`}`
}
