import { Type } from 'typebox'
import { listHistory } from '../../db/memory/history.ts'
import { fitItems } from '../../lib/answer-size.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { closed, GLOBAL_NAMESPACE, Id, Key, Namespace } from '../../domain/memory/fields.ts'

/** Characters of each version's value that are read for the answer. */
const VALUE_LIMIT = 2000

export const memoryHistory = tool({
  name: 'memory_history',
  title: 'History of a memory',
  description:
    'Lists the versions of a memory, newest first: what it said, who wrote it and when, deletions too. memory_restore brings one back.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      key: Type.Optional(Key),
      agent_name: Namespace,
      id: Id,
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 100, default: 20, description: 'Versions per page.' })
      ),
      cursor: Type.Optional(
        Type.String({ maxLength: 20, description: 'next_cursor of the last page.' })
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
            present: Type.Boolean({ description: 'What the memory is now.' }),
            deleted: Type.Boolean({ description: 'The memory was deleted then.' }),
            value: Type.String(),
            truncated: Type.Optional(Type.Boolean()),
            tags: Type.Array(Type.String()),
            importance: Type.Number(),
            type: Type.String(),
            written_by: Type.String(),
            written_with: Type.String({
              description: 'oauth: an app; api_key; console; command; expiry: its time had come.'
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
  async run({ limit = 20, cursor = '', ...args }, { db, principal }) {
    if (!/^\d{0,9}$/.test(cursor)) {
      throw new ToolError(
        'cursor is not one of ours. Pass next_cursor of the page before unchanged, or leave it out to begin anew.'
      )
    }
    const offset = Number(cursor)
    const rows = await listHistory(db, principal.user_id, whichOf(args), {
      limit: limit + 1,
      offset,
      valueLimit: VALUE_LIMIT
    })
    if (rows.length === 0 && offset === 0) {
      throw new ToolError(
        `Nothing was ever stored ${named(args)}, or it is gone for good. See what there is with memory_list.`
      )
    }
    const versions = fitItems(
      rows
        .slice(0, limit)
        .map(({ writer, written, memory_id: id, expires_at: _, updated_at: __, ...row }) => ({
          id,
          ...row,
          written_by: writer.name,
          written_with: writer.kind,
          written_at: written.toISOString()
        }))
    )
    const more = rows.length > versions.length
    return {
      versions,
      count: versions.length,
      ...(more && { next_cursor: String(offset + versions.length) })
    }
  },
  text({ versions, next_cursor: cursor }) {
    const lines = versions.map((one) => {
      const head = `- version ${one.version} of ${one.key} [${one.agent_name}], ${one.written_at} by ${one.written_by}${one.present ? ', present' : ''}`
      return one.deleted
        ? `${head}: deleted`
        : `${head}: ${one.value}${one.truncated ? '… (cut)' : ''}`
    })
    return [
      `${versions.length} ${versions.length === 1 ? 'version' : 'versions'}, newest first:`,
      ...lines,
      ...(cursor ? [`There is more: call again with cursor ${cursor}`] : [])
    ].join('\n')
  }
})

/** A memory by its key, or by its id. Throws ToolError when neither is given. */
export function whichOf({
  key,
  agent_name: agentName = GLOBAL_NAMESPACE,
  id
}: {
  key?: string
  agent_name?: string
  id?: string
}) {
  if (id !== undefined) return { memory_id: id }
  if (key === undefined) throw new ToolError('Give the key of the memory, or its id.')
  return { agent_name: agentName, key }
}

/** The same in words. */
export function named({
  key,
  agent_name: agentName = GLOBAL_NAMESPACE,
  id
}: {
  key?: string
  agent_name?: string
  id?: string
}): string {
  return id === undefined ? `under key "${key}" in namespace "${agentName}"` : `with the id "${id}"`
}
