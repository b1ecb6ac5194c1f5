import { Type } from 'typebox'
import { closed } from '../../domain/memory/fields.ts'
import { recallMemory } from '../../domain/memory/recall.ts'
import { searchMemories } from '../../domain/memory/search/search-memories.ts'
import { truthText } from '../../domain/memory/truth.ts'
import { cutToBudget } from '../../lib/answer-size.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { readOnly } from '../annotations.ts'
import { memoryAnswer } from '../memory/answer.ts'
import { tool } from '../tool.ts'

const MAX_RESULTS = 20
/** Characters of a value in a title, after the key. */
const TITLE_VALUE_LENGTH = 100
/** Entries of a memory's own metadata in an answer, and what each part may cost. */
const MAX_METADATA_ENTRIES = 20
const METADATA_BUDGET = 500

/** Where a memory is cited. ChatGPT shows no citation when this is empty. */
function citationUrl(publicUrl: string, id: string): string {
  return `${publicUrl}/memories/${encodeURIComponent(id)}`
}

/**
 * OpenAI's contract for connectors (developers.openai.com/api/docs/mcp) fixes names, arguments and
 * answers of both tools. ChatGPT reads the text, so the text is the JSON itself.
 */
const searchConnector = tool({
  name: 'search',
  title: 'Search',
  description:
    'Finds memories by their content and returns ids, titles and links. Use it with fetch to ' +
    'cite sources; otherwise memory_search returns the texts at once.',
  example: { query: 'favorite color' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    { query: Type.String({ maxLength: 20_000, description: 'Question or words to search for.' }) },
    closed
  ),
  output: Type.Object(
    {
      results: Type.Array(
        Type.Object({ id: Type.String(), title: Type.String(), url: Type.String() }, closed)
      )
    },
    closed
  ),
  async run({ query }, context) {
    const { memories } = await searchMemories(context, {
      query,
      limit: MAX_RESULTS,
      valueLimit: TITLE_VALUE_LENGTH + 1
    })
    return {
      results: memories.map((memory) => {
        const marks = truthText(memory)
        return {
          id: memory.memory_id,
          title: `${memory.key}: ${titleValue(memory.value)}${marks && ` (${marks})`}`,
          url: citationUrl(context.publicUrl, memory.memory_id)
        }
      })
    }
  },
  text: (answer) => JSON.stringify(answer)
})

const fetchConnector = tool({
  name: 'fetch',
  title: 'Fetch',
  description:
    'Returns one memory in full, by an id from search. Use it after search; if you have ' +
    'a key instead, use memory_recall.',
  example: { id: '0d6f2c1e' },
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    { id: Type.String({ minLength: 1, maxLength: 255, description: 'Id of a result of search.' }) },
    closed
  ),
  output: Type.Object(
    {
      id: Type.String(),
      title: Type.String(),
      text: Type.String(),
      url: Type.String(),
      metadata: Type.Record(Type.String(), Type.String())
    },
    closed
  ),
  async run({ id }, context) {
    const recalled = await recallMemory(context, { id })
    if (!recalled) {
      throw new ToolError(`No memory with the id "${id}". Take an id from the results of search.`)
    }
    const answer = memoryAnswer(recalled.memory, recalled.marks)
    return {
      id,
      title: answer.key,
      text: answer.value,
      url: citationUrl(context.publicUrl, id),
      metadata: metadataOf(answer)
    }
  },
  text: (answer) => JSON.stringify(answer)
})

/** The memory's own metadata and its fields as one map of texts. Fields win over metadata. */
function metadataOf({
  key: _,
  value: __,
  tags,
  metadata,
  ...fields
}: ReturnType<typeof memoryAnswer>): Record<string, string> {
  const metadataEntries = Object.entries(metadata)
    .slice(0, MAX_METADATA_ENTRIES)
    .map(([name, value]) => [
      cutToBudget(name, METADATA_BUDGET),
      cutToBudget(typeof value === 'string' ? value : JSON.stringify(value), METADATA_BUDGET)
    ])
  const fieldEntries = Object.entries({ ...fields, tags: tags.join(', ') }).map(([name, value]) => [
    name,
    String(value)
  ])
  return Object.fromEntries([...metadataEntries, ...fieldEntries])
}

/** The beginning of a value in one line, without half a character at its end. */
function titleValue(value: string): string {
  const line = value.replace(/\s+/g, ' ').trim()
  return line.length > TITLE_VALUE_LENGTH
    ? `${line.slice(0, TITLE_VALUE_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`
    : line
}

export const chatgptTools = [searchConnector, fetchConnector]
