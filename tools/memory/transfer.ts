import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Trx } from '../../db/connect.ts'
import { replacePostings } from '../../db/memory-postings.ts'
import { exportRows, importRows, listKnownIds } from '../../db/memory-transfer.ts'
import { recountUsage } from '../../db/memory-usage.ts'
import { ToolError } from '../tool.ts'
import { Importance, Key, Metadata, Tags, Value } from './fields.ts'
import { memoryTerms } from './terms.ts'

const PAGE = 200
/** What goes to the database in one statement: lines, and characters of them. */
const MOST_LINES = 100
const MOST_CHARACTERS = 4_000_000

const FORMAT = 'kagura-memory'

const Text = (maxLength: number) => Type.String({ maxLength })
const Instant = Type.String({ pattern: '^\\d{4,6}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}', maxLength: 40 })
const Maybe = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) => Type.Optional(Type.Union([schema, Type.Null()]))
const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const Source = Type.Object({ kind: Text(20), name: Text(500) })

/** A memory, or a former version of one. */
const LineSchema = Type.Object({
  type: Type.Union([Type.Literal('memory'), Type.Literal('version')]),
  row: Type.Object({
    memory_id: Type.String({ minLength: 1, maxLength: 255 }),
    version: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
    deleted: Type.Optional(Type.Boolean()),
    agent_name: Type.String({ minLength: 1, maxLength: 128 }),
    key: Key,
    value: Value,
    tags: Tags,
    importance: Importance,
    type: Text(64),
    metadata: Metadata,
    source: Source,
    session_id: Maybe(Text(255)),
    speaker: Maybe(Text(255)),
    occurred_at: Maybe(Instant),
    expires_at: Maybe(Instant),
    access_count: Count,
    last_accessed_at: Maybe(Instant),
    useful_count: Count,
    irrelevant_count: Count,
    outdated_count: Count,
    created_at: Instant,
    updated_at: Instant,
    written_at: Maybe(Instant),
    written_by: Maybe(Source)
  })
})
type Line = Static<typeof LineSchema>
const check = Compile(LineSchema)

export interface Imported { memories: number, versions: number, known: number, conflicts: Array<{ agent_name: string, key: string }> }

/** Everything of a person's memories, one JSON text for each line, the memories before their former versions. */
export async function * exportLines (trx: Trx, userId: string): AsyncGenerator<string> {
  yield JSON.stringify({ type: 'export', format: FORMAT, version: 1 })
  for (const [type, table] of [['memory', 'memories'], ['version', 'memory_versions']] as const) {
    for await (const rows of exportRows(trx, userId, table, PAGE)) for (const row of rows) yield `{"type":"${type}","row":${row}}`
  }
}

/**
 * Takes in what exportLines gave, with ids, versions and times. A memory that is there already is left as it is; so is one whose key another one has, which
 * is a conflict and does not come in. Throws ToolError with the number of a line that is wrong.
 */
export async function importLines (trx: Trx, userId: string, lines: AsyncIterable<string>): Promise<Imported> {
  const result: Imported = { memories: 0, versions: 0, known: 0, conflicts: [] }
  const comes = new Map<string, boolean>()
  let batch: Line[] = []
  let characters = 0
  let number = 0
  const flush = async () => {
    await takeIn(trx, userId, batch, comes, result)
    batch = []
    characters = 0
  }
  for await (const text of lines) {
    number++
    if (text.trim() === '') continue
    const line = parsed(text, number)
    if (line === undefined) continue
    if (batch.length > 0 && (batch.length === MOST_LINES || characters + text.length > MOST_CHARACTERS || batch[0]!.type !== line.type)) await flush()
    batch.push(line)
    characters += text.length
  }
  if (batch.length > 0) await flush()
  await recountUsage(trx, userId)
  return result
}

async function takeIn (trx: Trx, userId: string, batch: Line[], comes: Map<string, boolean>, result: Imported): Promise<void> {
  const rows = batch.map(({ row }) => row)
  const undecided = [...new Set(rows.map(({ memory_id: id }) => id).filter((id) => !comes.has(id)))]
  const known = new Set(await listKnownIds(trx, userId, undecided))
  for (const id of undecided) comes.set(id, !known.has(id))
  result.known += known.size
  const wanted = rows.filter(({ memory_id: id }) => comes.get(id))
  if (batch[0]!.type === 'version') {
    result.versions += (await importRows(trx, userId, 'memory_versions', JSON.stringify(wanted.map((row) => ({ deleted: false, ...row }))))).length
    return
  }
  const coming = [...new Map(wanted.map((row) => [row.memory_id, row])).values()]
  const terms = new Map(coming.map((row) => {
    const indexed = { ...row, speaker: row.speaker ?? null, session_id: row.session_id ?? null, occurred_at: row.occurred_at ? new Date(row.occurred_at) : null }
    return [row.memory_id, memoryTerms(indexed)]
  }))
  const inserted = new Set(await importRows(trx, userId, 'memories', JSON.stringify(coming.map((row) => ({ ...row, search_length: terms.get(row.memory_id)!.length })))))
  for (const { memory_id: id, agent_name: agentName, key } of coming) {
    if (inserted.has(id)) {
      await replacePostings(trx, userId, id, terms.get(id)!.postings)
      result.memories++
    } else {
      comes.set(id, false)
      result.conflicts.push({ agent_name: agentName, key })
    }
  }
}

/** The line, or undefined for the head. Throws ToolError. */
function parsed (text: string, number: number): Line | undefined {
  let line: unknown
  try {
    if (/(?<!\\)(?:\\\\)*\\u0000/.test(text)) throw new SyntaxError('it contains the NUL character')
    line = JSON.parse(text, (_, value) => typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value)
  } catch (error) {
    throw new ToolError(`Line ${number} is no JSON of ours: ${(error as Error).message}.`)
  }
  const { type, format, version } = (line ?? {}) as Record<string, unknown>
  if (type === 'export') {
    if (format === FORMAT && version === 1) return undefined
    throw new ToolError(`Line ${number} names the format ${String(format).slice(0, 40)} in version ${String(version).slice(0, 10)}; this is ${FORMAT}, version 1.`)
  }
  if (!check.Check(line)) {
    const [error] = check.Errors(line)
    throw new ToolError(`Line ${number} is no memory or version of one: ${error?.instancePath.slice(1).replaceAll('/', '.') || 'it'} ${error?.message}.`)
  }
  for (const [name, value] of Object.entries(line.row)) {
    if (name.endsWith('_at') && typeof value === 'string' && Number.isNaN(Date.parse(value))) throw new ToolError(`Line ${number} has a wrong time: row.${name}.`)
  }
  return line
}
