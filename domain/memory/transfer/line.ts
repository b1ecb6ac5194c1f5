import { type Static, type TObject, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { tryParseInstant } from '../../time/instant.ts'
import { ToolError } from '../../../lib/tool-error.ts'
import { Importance, Key, Metadata, Tags, Value } from '../fields.ts'

export const FORMAT_NAME = 'kagura-memory'

const LimitedText = (maxLength: number) => Type.String({ maxLength })
const NonEmptyText = (maxLength: number) => Type.String({ minLength: 1, maxLength })
const InstantText = Type.String({
  pattern: '^\\d{4,6}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}',
  maxLength: 40
})
const OptionalOrNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Optional(Type.Union([schema, Type.Null()]))
const RowCount = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
const VersionNumber = Type.Integer({ minimum: 1, maximum: 2_147_483_647 })
const SourceRow = Type.Object({ kind: LimitedText(20), name: LimitedText(500) })

const MemoryRow = Type.Object({
  memory_id: NonEmptyText(255),
  version: VersionNumber,
  deleted: Type.Optional(Type.Boolean()),
  agent_name: NonEmptyText(128),
  key: Key,
  value: Value,
  tags: Tags,
  importance: Importance,
  type: LimitedText(64),
  metadata: Metadata,
  source: SourceRow,
  session_id: OptionalOrNull(LimitedText(255)),
  speaker: OptionalOrNull(LimitedText(255)),
  occurred_at: OptionalOrNull(InstantText),
  expires_at: OptionalOrNull(InstantText),
  pinned_at: OptionalOrNull(InstantText),
  access_count: RowCount,
  last_accessed_at: OptionalOrNull(InstantText),
  useful_count: RowCount,
  irrelevant_count: RowCount,
  outdated_count: RowCount,
  created_at: InstantText,
  updated_at: InstantText,
  written_at: OptionalOrNull(InstantText),
  written_by: OptionalOrNull(SourceRow)
})

const NodeRow = Type.Object({
  node_id: NonEmptyText(700),
  type: NonEmptyText(64),
  name: NonEmptyText(500),
  memory_id: OptionalOrNull(NonEmptyText(255)),
  data: Metadata,
  created_at: InstantText
})

const EdgeRow = Type.Object({
  edge_id: NonEmptyText(255),
  version: VersionNumber,
  deleted: Type.Optional(Type.Boolean()),
  from_node: NonEmptyText(700),
  to_node: NonEmptyText(700),
  type: NonEmptyText(64),
  weight: Type.Number({ minimum: 0, maximum: 1 }),
  valid_from: InstantText,
  valid_until: OptionalOrNull(InstantText),
  source: SourceRow,
  created_at: InstantText,
  written_at: OptionalOrNull(InstantText),
  written_by: OptionalOrNull(SourceRow)
})

const lineKind = <T extends string, R extends TObject>(type: T, label: string, schema: R) => ({
  label,
  check: Compile(Type.Object({ type: Type.Literal(type), row: schema }))
})
const lineKinds = {
  memory: lineKind('memory', 'memory', MemoryRow),
  version: lineKind('version', 'version of a memory', MemoryRow),
  node: lineKind('node', 'thing of the graph', NodeRow),
  edge: lineKind('edge', 'link', EdgeRow),
  edge_version: lineKind('edge_version', 'former state of a link', EdgeRow)
}

export type MemoryLine = { type: 'memory' | 'version'; row: Static<typeof MemoryRow> }
export type EdgeLine = { type: 'edge' | 'edge_version'; row: Static<typeof EdgeRow> }
export type TransferLine = MemoryLine | EdgeLine | { type: 'node'; row: Static<typeof NodeRow> }

/** Parses a line; the head returns undefined. Throws ToolError with the line number. */
export function parseTransferLine(lineText: string, lineNumber: number): TransferLine | undefined {
  const lineValue = parseLineJson(lineText, lineNumber)
  const { type, format, version } = (lineValue ?? {}) as Record<string, unknown>
  if (type === 'export') {
    if (format === FORMAT_NAME && version === 1) return undefined
    throw new ToolError(
      `Line ${lineNumber} has the format ${String(format).slice(0, 40)} in version ` +
        `${String(version).slice(0, 10)}. Only ${FORMAT_NAME}, version 1, can be imported.`
    )
  }
  const isKnownType = typeof type === 'string' && Object.hasOwn(lineKinds, type)
  const { label, check } = lineKinds[isKnownType ? (type as keyof typeof lineKinds) : 'memory']
  if (!check.Check(lineValue)) {
    const [error] = check.Errors(lineValue)
    const errorPath = error?.instancePath.slice(1).replaceAll('/', '.') || 'it'
    const formatTip =
      lineNumber === 1 ? ' For a file of another product name its format with --from.' : ''
    throw new ToolError(
      `Line ${lineNumber} is not a valid ${label}: ${errorPath} ${error?.message}.${formatTip}`
    )
  }
  for (const [column, value] of Object.entries(lineValue.row)) {
    if (/_(at|from|until)$/.test(column) && typeof value === 'string' && !isValidTime(value)) {
      throw new ToolError(`Line ${lineNumber} has a wrong time: row.${column}.`)
    }
  }
  return lineValue as TransferLine
}

/** Rejects NUL, which PostgreSQL cannot store, and replaces lone surrogates. */
function parseLineJson(lineText: string, lineNumber: number): unknown {
  try {
    if (/(?<!\\)(?:\\\\)*\\u0000/.test(lineText)) {
      throw new SyntaxError('it contains the NUL character')
    }
    return JSON.parse(lineText, (_, value) =>
      typeof value === 'string' ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
    )
  } catch (error) {
    throw new ToolError(`Line ${lineNumber} is not valid JSON: ${(error as Error).message}.`)
  }
}

/** Also accepts years of more than four digits: people do not write them, but databases do. */
function isValidTime(text: string): boolean {
  return /^\d{4}-/.test(text)
    ? tryParseInstant(text) !== undefined
    : !Number.isNaN(Date.parse(text))
}
