import { Type } from 'typebox'
import { closed, Id, Key, Namespace } from '../../domain/memory/fields.ts'
import { listVersions } from '../../domain/memory/history.ts'
import { referenceText } from '../../domain/memory/reference.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { quantity } from '../../lib/quantity.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { readOnly } from '../annotations.ts'
import { tool } from '../tool.ts'
import { moreLines } from './answer.ts'

/** Characters of each version's value that are read for the answer. */
const VALUE_LIMIT = 2000

export const memoryHistory = tool({
  name: 'memory_history',
  title: 'History of a memory',
  description:
    'Lists the versions of a memory, newest first: value, writer, time, deletions too. ' +
    'Use it to see what was stored before; memory_restore brings a version back.',
  example: { key: 'coffee_preference' },
  rare: ['id', 'limit'],
  groups: ['memory'],
  annotations: readOnly,
  input: Type.Object(
    {
      key: Type.Optional(Key),
      agent_name: Namespace,
      id: Id,
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 20,
          description: 'How many on one page.'
        })
      ),
      cursor: Type.Optional(
        Type.String({ maxLength: 20, description: 'next_cursor of the page before.' })
      )
    },
    closed
  ),
  output: Type.Object(
    {
      versions: Type.Array(
        Type.Object(
          {
            id: Type.String(),
            key: Type.String(),
            agent_name: Type.String(),
            version: Type.Integer(),
            present: Type.Boolean({ description: 'Whether the memory is this version now.' }),
            deleted: Type.Boolean({ description: 'Whether this was a deletion.' }),
            value: Type.String(),
            truncated: Type.Optional(Type.Boolean()),
            tags: Type.Array(Type.String()),
            importance: Type.Number(),
            type: Type.String(),
            written_by: Type.String(),
            written_with: Type.String({
              description: 'oauth (an app), api_key, console, command, or expiry (it expired).'
            }),
            written_at: Type.String()
          },
          closed
        )
      ),
      count: Type.Integer(),
      next_cursor: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ limit = 20, cursor = '', ...reference }, context) {
    const page = await listVersions(context, { reference, cursor, limit, valueLimit: VALUE_LIMIT })
    if (page.versions.length === 0 && page.offset === 0) {
      throw new ToolError(
        `Nothing was ever stored ${referenceText(reference)}, or it is gone for good. ` +
          'List what is stored with memory_list.'
      )
    }
    const versions = fitItems(
      page.versions.map(
        ({ writer, written, memory_id: id, expires_at: _, updated_at: __, ...version }) => ({
          id,
          ...version,
          written_by: writer.name,
          written_with: writer.kind,
          written_at: written.toISOString()
        })
      )
    )
    const hasMore = page.hasMore || versions.length < page.versions.length
    return {
      versions,
      count: versions.length,
      ...(hasMore && { next_cursor: String(page.offset + versions.length) })
    }
  },
  text: ({ versions, next_cursor: cursor }) =>
    [
      `${quantity(versions.length, 'version')}, newest first:`,
      ...versions.map(versionLine),
      ...moreLines(cursor)
    ].join('\n')
})

interface VersionLine {
  version: number
  key: string
  agent_name: string
  written_at: string
  written_by: string
  present: boolean
  deleted: boolean
  value: string
  truncated?: boolean
}

function versionLine(version: VersionLine): string {
  const head =
    `- version ${version.version} of ${version.key} [${version.agent_name}], ` +
    `${version.written_at} by ${version.written_by}${version.present ? ', present' : ''}`
  if (version.deleted) return `${head}: deleted`
  return `${head}: ${version.value}${version.truncated ? '… (cut)' : ''}`
}
