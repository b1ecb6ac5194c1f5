import { ToolError } from '../tool.ts'
import type { Format } from './item.ts'
import { linesOf, objectOf } from './json-text.ts'

/**
 * The file of @modelcontextprotocol/server-memory (memory.jsonl, or what MEMORY_FILE_PATH names), as saveGraph in its src/memory/index.ts writes it
 * (github.com/modelcontextprotocol/servers): a line for each entity { type, name, entityType, observations } and relation { type, from, to, relationType }.
 * An entity becomes a memory under its name whose lines are its observations, a relation a link between two of these.
 */
export const serverMemory: Format = {
  name: 'server-memory',
  title: 'server-memory',
  takes: 'the file memory.jsonl of @modelcontextprotocol/server-memory',
  async * read (files) {
    for (const file of files) {
      for await (const { text, number } of linesOf(file)) {
        const line = objectOf(file.path, text, number)
        const { type, name, entityType, observations, from, to, relationType } = line
        const wrong = (what: string) => new ToolError(`${file.path}, line ${number} is no ${what} of server-memory's.`)
        if (type === 'entity') {
          if (typeof name !== 'string' || typeof entityType !== 'string' || !Array.isArray(observations) || !observations.every((one) => typeof one === 'string')) throw wrong('entity')
          yield { memory: { key: name, value: observations.join('\n') || name, type: entityType } }
        } else if (type === 'relation') {
          if (typeof from !== 'string' || typeof to !== 'string' || typeof relationType !== 'string') throw wrong('relation')
          yield { link: { from: { key: from }, to: { key: to }, type: relationType } }
        } else throw wrong('entity or relation')
      }
    }
  }
}
