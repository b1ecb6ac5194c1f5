import { Type } from 'typebox'
import { findMemoryById } from '../../db/memories.ts'
import { cut, oneLine } from '../memory/fields.ts'
import { searchMemories } from '../memory/search.ts'
import { tool, ToolError } from '../tool.ts'

const annotations = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const addressOf = (publicUrl: string, id: string) => `${publicUrl}/memories/${id}`

/** ChatGPT's contract for connectors (search and fetch): the text is the JSON itself, and citations need a url. */
const search = tool({
  name: 'search',
  title: 'Search',
  description: 'Finds memories by plain words and returns their ids and titles; use fetch to read one.',
  groups: ['memory'],
  annotations,
  input: Type.Object({ query: Type.String({ maxLength: 10_000, description: 'Question or words.' }) }, { additionalProperties: false }),
  output: Type.Object({
    results: Type.Array(Type.Object({ id: Type.String(), title: Type.String(), url: Type.String() }, { additionalProperties: false }))
  }, { additionalProperties: false }),
  async run ({ query }, { db, principal, publicUrl }) {
    const { found } = await searchMemories(db, principal.user_id, query, {}, 10)
    return { results: found.map(({ memory: { memory_id: id, key, value } }) => ({ id, title: `${key}: ${oneLine(value, 100)}`, url: addressOf(publicUrl, id) })) }
  },
  text: (answer) => JSON.stringify(answer)
})

const fetch = tool({
  name: 'fetch',
  title: 'Fetch',
  description: 'Returns one memory whole, by an id that search gave.',
  groups: ['memory'],
  annotations,
  input: Type.Object({ id: Type.String({ minLength: 1, maxLength: 100, description: 'Id from search.' }) }, { additionalProperties: false }),
  output: Type.Object({
    id: Type.String(), title: Type.String(), text: Type.String(), url: Type.String(), metadata: Type.Record(Type.String(), Type.Unknown())
  }, { additionalProperties: false }),
  async run ({ id }, { db, principal, publicUrl }) {
    const memory = await findMemoryById(db, principal.user_id, id)
    if (!memory) throw new ToolError('There is no memory with this id. Use search to get ids.')
    const { key, value, agent_name, tags, created_at: created, updated_at: updated } = memory
    const text = cut(value, 60_000)
    const metadata = { agent_name, tags, created_at: created.toISOString(), updated_at: updated.toISOString(), ...(text.length < value.length && { truncated: true }) }
    return { id, title: key, text, url: addressOf(publicUrl, id), metadata }
  },
  text: (answer) => JSON.stringify(answer)
})

export const chatgptTools = [search, fetch]
