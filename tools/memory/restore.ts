import { Type } from 'typebox'
import type { Trx } from '../../db/connection/connect.ts'
import type { MemoryReference } from '../../db/memory/conditions.ts'
import { findMemory, type Memory } from '../../db/memory/memories.ts'
import { RESTORABLE_DAYS } from '../../db/memory/versions.ts'
import { lockUser } from '../../db/people/users.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { closed, Id, Key, Namespace } from '../../domain/memory/fields.ts'
import { memoryAnswer, memoryText, StoredMemory } from './answer.ts'
import { named, whichOf } from './history.ts'
import {
  revertToVersion,
  reviveDeletedMemory,
  type Writer,
  withCallWriter
} from '../../domain/memory/write.ts'

export const memoryRestore = tool({
  name: 'memory_restore',
  title: 'Restore a memory',
  description: `Brings back a deleted memory, or an earlier version of one. A deletion can be undone for ${RESTORABLE_DAYS} days; without version the memory comes back as it was last. What it replaces stays in the history.`,
  groups: ['memory'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object(
    {
      key: Type.Optional(Key),
      agent_name: Namespace,
      id: Id,
      version: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 2_147_483_647,
          description: 'Number from memory_history; needed unless the memory is deleted.'
        })
      )
    },
    closed
  ),
  output: StoredMemory,
  async run({ version, ...args }, context) {
    return memoryAnswer(
      await withCallWriter(context, (trx, writer) =>
        restored(trx, writer, whichOf(args), version, named(args))
      )
    )
  },
  text: (memory) => `✅ Memory restored: "${memory.key}". It says:\n${memoryText(memory)}`
})

async function restored(
  trx: Trx,
  writer: Writer,
  which: MemoryReference,
  version: number | undefined,
  words: string
): Promise<Memory> {
  await lockUser(trx, writer.user_id) // what another restore, an undo or a purge makes of the memory counts
  const memory = await findMemory(trx, writer.user_id, which)
  if (memory && version === memory.version) return memory
  if (
    memory &&
    version !== undefined &&
    (await revertToVersion(trx, writer, { memory_id: memory.memory_id }, version, false))
  ) {
    return (await findMemory(trx, writer.user_id, { memory_id: memory.memory_id }))!
  }
  if (memory) {
    throw new ToolError(
      version === undefined
        ? `The memory ${words} is not deleted. To bring back what it said before, give the number of a version from memory_history.`
        : `The memory ${words} has no version ${version} that could be restored. See memory_history; a deleted memory that had the same key comes back by its id, after this one is deleted.`
    )
  }
  const outcome = await reviveDeletedMemory(trx, writer, which, version, false)
  if (outcome === 'taken') {
    throw new ToolError(
      'There is another memory under its key now. Delete that one first, then restore this one by its id.'
    )
  }
  if (outcome === 'none') {
    throw new ToolError(
      `There is no deleted memory ${words}${version === undefined ? '' : ` with a version ${version}`}, or it is gone for good. See memory_history, or what there is with memory_list.`
    )
  }
  return (await findMemory(trx, writer.user_id, { memory_id: outcome.memory_id }))!
}
