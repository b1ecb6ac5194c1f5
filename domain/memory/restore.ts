import type { Trx } from '../../db/connection/connect.ts'
import { findMemory, type Memory } from '../../db/memory/memories.ts'
import { lockUser } from '../../db/people/users.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { type ReferenceInput, referenceText, toMemoryReference } from './reference.ts'
import { revertToVersion, reviveDeletedMemory, type Writer, withCallWriter } from './write.ts'

export { RESTORABLE_DAYS } from '../../db/memory/versions.ts'

type RestoreRequest = ReferenceInput & { version?: number | undefined }

/**
 * Makes an earlier version the present one, or brings a deleted memory back: as it was last, or in
 * the given version. Throws ToolError when there is nothing to restore or the key is taken.
 */
export function restoreMemory(context: CallContext, request: RestoreRequest): Promise<Memory> {
  return withCallWriter(context, async (trx, writer) => {
    // Another restore, undo or purge of this user waits here, so the lookup below stays true.
    await lockUser(trx, writer.user_id)
    const memory = await findMemory(trx, writer.user_id, toMemoryReference(request))
    return memory
      ? restoreVersion(trx, writer, memory, request)
      : restoreDeleted(trx, writer, request)
  })
}

async function restoreVersion(
  trx: Trx,
  writer: Writer,
  memory: Memory,
  { version, ...reference }: RestoreRequest
): Promise<Memory> {
  if (version === memory.version) return memory
  if (version === undefined) {
    throw new ToolError(
      `The memory ${referenceText(reference)} is not deleted. ` +
        'To bring back an earlier value, give the number of a version from memory_history.'
    )
  }
  const memoryId = { memory_id: memory.memory_id }
  if (await revertToVersion(trx, writer, memoryId, version, false)) {
    return (await findMemory(trx, writer.user_id, memoryId))!
  }
  throw new ToolError(
    `The memory ${referenceText(reference)} has no version ${version} to restore. ` +
      'See memory_history. A deleted memory that had the same key comes back by its id, ' +
      'after you delete this one.'
  )
}

async function restoreDeleted(
  trx: Trx,
  writer: Writer,
  { version, ...reference }: RestoreRequest
): Promise<Memory> {
  const outcome = await reviveDeletedMemory(
    trx,
    writer,
    toMemoryReference(reference),
    version,
    false
  )
  if (outcome === 'taken') {
    throw new ToolError(
      'Another memory has its key now. Delete that one first, then restore this one by its id.'
    )
  }
  if (outcome === 'none') {
    const versionText = version === undefined ? '' : ` with a version ${version}`
    throw new ToolError(
      `There is no deleted memory ${referenceText(reference)}${versionText}, ` +
        'or it is gone for good. See memory_history, or list what is stored with memory_list.'
    )
  }
  return (await findMemory(trx, writer.user_id, { memory_id: outcome.memory_id }))!
}
