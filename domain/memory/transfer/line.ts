import { type Static, type TObject, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { tryParseInstant } from '../../time/instant.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import { Importance, Key, Metadata, Tags, Value } from '../fields.ts'

export const FORMAT_NAME = 'kagura-memory'

const Text = (maxLength: number) => Type.String({ maxLength })
const Name = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const Instant = Type.String({
  pattern: '^\\d{4,6}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}',
  maxLength: 40
})
const Maybe = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Optional(Type.Union([schema, Type.Null()]))
const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const Version = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const Source = Type.Object({ kind: Text(20), name: Text(500) })

const MemoryRow = Type.Object({
  memory_id: Name(255),
  version: Version,
  deleted: Type.Optional(Type.Boolean()),
  agent_name: Name(128),
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

const NodeRow = Type.Object({
  node_id: Name(700),
  type: Name(64),
  name: Name(500),
  memory_id: Maybe(Name(255)),
  data: Metadata,
  created_at: Instant
})

const EdgeRow = Type.Object({
  edge_id: Name(255),
  version: Version,
  deleted: Type.Optional(Type.Boolean()),
  from_node: Name(700),
  to_node: Name(700),
  type: Name(64),
  weight: Type.Number({ minimum: 0, maximum: 1 }),
  valid_from: Instant,
  valid_until: Maybe(Instant),
  source: Source,
  created_at: Instant,
  written_at: Maybe(Instant),
  written_by: Maybe(Source)
})

const row = <T extends string, R extends TObject>(type: T, what: string, schema: R) => ({
  what,
  check: Compile(Type.Object({ type: Type.Literal(type), row: schema }))
})
/**
 * The kinds of lines: a memory or a former version of one; a thing in the graph, a link, a former
 * state of one.
 */
const kinds = {
  memory: row('memory', 'memory', MemoryRow),
  version: row('version', 'version of a memory', MemoryRow),
  node: row('node', 'thing of the graph', NodeRow),
  edge: row('edge', 'link', EdgeRow),
  edge_version: row('edge_version', 'former state of a link', EdgeRow)
}

export type MemoryLine = { type: 'memory' | 'version'; row: Static<typeof MemoryRow> }
export type EdgeLine = { type: 'edge' | 'edge_version'; row: Static<typeof EdgeRow> }
export type TransferLine = MemoryLine | EdgeLine | { type: 'node'; row: Static<typeof NodeRow> }

/** The line, or undefined for the head. Throws ToolError with its number. */
export function parseTransferLine(text: string, number: number): TransferLine | undefined {
  let line: unknown
  try {
    if (/(?<!\\)(?:\\\\)*\\u0000/.test(text)) throw new SyntaxError('it contains the NUL character')
    line = JSON.parse(text, (_, value) =>
      typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
    )
  } catch (error) {
    throw new ToolError(`Line ${number} is no JSON of ours: ${(error as Error).message}.`)
  }
  const { type, format, version } = (line ?? {}) as Record<string, unknown>
  if (type === 'export') {
    if (format === FORMAT_NAME && version === 1) return undefined
    throw new ToolError(
      `Line ${number} names the format ${String(format).slice(0, 40)} in version ${String(version).slice(0, 10)}; this is ${FORMAT_NAME}, version 1.`
    )
  }
  const { what, check } =
    kinds[
      typeof type === 'string' && Object.hasOwn(kinds, type)
        ? (type as keyof typeof kinds)
        : 'memory'
    ]
  if (!check.Check(line)) {
    const [error] = check.Errors(line)
    throw new ToolError(
      `Line ${number} is no ${what}: ${error?.instancePath.slice(1).replaceAll('/', '.') || 'it'} ${error?.message}.${number === 1 ? ' For a file of another product say of which, with --from.' : ''}`
    )
  }
  for (const [name, value] of Object.entries(line.row)) {
    if (/_(at|from|until)$/.test(name) && typeof value === 'string' && !isTime(value)) {
      throw new ToolError(`Line ${number} has a wrong time: row.${name}.`)
    }
  }
  return line as TransferLine
}

/** A year of more than four digits is none that people write, but databases hold it. */
function isTime(text: string): boolean {
  return /^\d{4}-/.test(text)
    ? tryParseInstant(text) !== undefined
    : !Number.isNaN(Date.parse(text))
}
