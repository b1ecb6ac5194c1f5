import { Type } from 'typebox'
import { recallMemory } from '../../db/memory/memories.ts'
import { cutToBudget } from '../../lib/answer-size.ts'
import { closed } from '../../domain/memory/fields.ts'
import { memoryAnswer } from '../memory/answer.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import { asksForOverview, listOverview } from '../../domain/memory/overview.ts'
import { type TruthMarks, findTruthMarksOfMemory, truthText } from '../../domain/memory/truth.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'

const RESULTS = 20
/** Characters of a value in a title, after the key. */
const TITLE_LENGTH = 100
/** What is passed on of a memory's own metadata: entries, and characters of each. */
const ENTRIES = 20
const ENTRY_BUDGET = 500

const annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false
}

/** Where a memory is cited; never empty, or ChatGPT shows no citation. */
function addressOf(publicUrl: string, id: string): string {
  return `${publicUrl}/memories/${encodeURIComponent(id)}`
}

/**
 * OpenAI's contract for connectors (developers.openai.com/api/docs/mcp), as of fetch below: the
 * text is the JSON itself, which ChatGPT reads.
 */
const search = tool({
  name: 'search',
  title: 'Search',
  description: 'Finds memories for a question or words, best first. Read one in full with fetch.',
  groups: ['memory'],
  annotations,
  input: Type.Object(
    { query: Type.String({ maxLength: 20_000, description: 'Question or words.' }) },
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
  async run({ query }, { db, principal, publicUrl, embedder, signal }) {
    const overview = asksForOverview(query)
      ? await listOverview(db, principal.user_id, { limit: RESULTS })
      : []
    const rows: Array<{ memory_id: string; key: string; value: string } & TruthMarks> =
      overview.length > 0
        ? overview
        : (
            await findMemories(db, principal.user_id, {
              query,
              limit: RESULTS,
              valueLimit: TITLE_LENGTH + 1,
              embedder,
              signal
            })
          ).rows
    return {
      results: rows.map(({ memory_id: id, key, value, ...row }) => {
        const marks = truthText(row)
        return {
          id,
          title: `${key}: ${beginning(value)}${marks && ` (${marks})`}`,
          url: addressOf(publicUrl, id)
        }
      })
    }
  },
  text: (answer) => JSON.stringify(answer)
})

const fetch = tool({
  name: 'fetch',
  title: 'Fetch',
  description: 'Returns one memory in full, by the id that search gave.',
  groups: ['memory'],
  annotations,
  input: Type.Object(
    { id: Type.String({ minLength: 1, maxLength: 255, description: 'From search.' }) },
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
  async run({ id }, { db, principal, publicUrl }) {
    const memory = await recallMemory(db, principal.user_id, { memory_id: id })
    if (!memory) {
      throw new ToolError(`No memory with the id "${id}". Take an id from the results of search.`)
    }
    const { key, value, tags, metadata, ...facts } = memoryAnswer(
      memory,
      await findTruthMarksOfMemory(db, principal.user_id, id)
    )
    const own = Object.entries(metadata)
      .slice(0, ENTRIES)
      .map(([name, fact]) => [
        cutToBudget(name, ENTRY_BUDGET),
        cutToBudget(typeof fact === 'string' ? fact : JSON.stringify(fact), ENTRY_BUDGET)
      ])
    const ours = Object.entries({ ...facts, tags: tags.join(', ') }).map(([name, fact]) => [
      name,
      String(fact)
    ])
    return {
      id,
      title: key,
      text: value,
      url: addressOf(publicUrl, id),
      metadata: Object.fromEntries([...own, ...ours]) as Record<string, string>
    }
  },
  text: (answer) => JSON.stringify(answer)
})

function beginning(value: string): string {
  const line = value.replace(/\s+/g, ' ').trim()
  return line.length > TITLE_LENGTH
    ? `${line.slice(0, TITLE_LENGTH).replace(/[\uD800-\uDBFF]$/, '')}…`
    : line
}

export const chatgptTools = [search, fetch]
