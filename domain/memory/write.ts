import type { Trx } from '../../db/connection/connect.ts'
import {
  deleteMemory,
  findMemory,
  type Memory,
  type MemoryChanges,
  type NewMemory,
  rateMemory,
  updateMemory,
  upsertMemory,
  type MemoryReference
} from '../../db/memory/memories.ts'
import { replacePostings } from '../../db/memory/postings.ts'
import { revertMemory, reviveMemory } from '../../db/memory/restore.ts'
import { addMemoryUsage, type MemoryUsage } from '../../db/memory/usage.ts'
import {
  findVersion,
  insertDeletion,
  keepVersion,
  type KeptVersion,
  lockDeletion,
  type MemoryVersion
} from '../../db/memory/versions.ts'
import type { Source } from '../../db/schema/index.ts'
import type { CallContext, MemoryQuota } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { memoryTerms } from './search/terms.ts'

/** Who writes, and what has been added to the user's usage so far in the transaction. */
export interface Writer {
  user_id: string
  source: Source
  /** Without one there is no limit: for the operator. */
  quota?: MemoryQuota
  grown: MemoryUsage
}

export const EXPIRY_SOURCE: Source = { kind: 'expiry', name: 'expiry' }

/** Stores of one key that can come between before one gives up. */
const MAX_TRIES = 20

/**
 * Every write of a memory goes through here: the former version, the row, its search terms and the
 * user's usage, in one transaction, all or nothing. The usage comes last: see addMemoryUsage. Throws
 * what `work` throws, and ToolError when the quota is used up.
 */
export async function withWriter<T>(
  trx: Trx,
  by: Omit<Writer, 'grown'>,
  work: (writer: Writer) => Promise<T>
): Promise<T> {
  const writer = { ...by, grown: { memories: 0, bytes: 0 } }
  const result = await work(writer)
  if (writer.grown.memories === 0 && writer.grown.bytes === 0) return result
  refuseOverQuota(writer, await addMemoryUsage(trx, writer.user_id, writer.grown))
  return result
}

/** What others are storing at this instant is not seen: a quota can be passed by that much. */
function refuseOverQuota({ quota, grown }: Writer, used: MemoryUsage): void {
  if (quota && grown.memories > 0 && used.memories > quota.memories) {
    throw new ToolError(
      `The quota of ${quota.memories} memories is used up. Delete memories that are not needed any more with memory_delete, or ask the administrator for more (MEMORY_QUOTA_COUNT).`
    )
  }
  if (quota && grown.bytes > 0 && used.bytes > quota.bytes) {
    throw new ToolError(
      `The quota of ${quota.bytes} bytes for memories and their former versions is used up. Ask the administrator for more (MEMORY_QUOTA_BYTES), or to purge what is deleted; deleted memories count for 30 days.`
    )
  }
}

/** The same as whoever calls a tool, in a transaction of its own. */
export function withCallWriter<T>(
  {
    db,
    principal: { user_id: userId, source },
    quota
  }: Pick<CallContext, 'db' | 'principal' | 'quota'>,
  work: (trx: Trx, writer: Writer) => Promise<T>
): Promise<T> {
  return db
    .transaction()
    .execute((trx) =>
      withWriter(trx, { user_id: userId, source, quota }, (writer) => work(trx, writer))
    )
}

export type MemoryContent = Omit<NewMemory, 'search_length' | 'source' | 'tags'> & {
  tags: string[]
}

/**
 * Stores the memory under its key, whether there is one or not; `replaced` is the value it had,
 * which is kept as a version. Throws ToolError.
 */
export async function storeMemory(
  trx: Trx,
  writer: Writer,
  content: MemoryContent
): Promise<{ memory_id: string; created: boolean; replaced?: string }> {
  const { user_id: userId, source } = writer
  const { postings, length } = await memoryTerms(content)
  const memory = {
    ...content,
    tags: JSON.stringify(content.tags),
    source: JSON.stringify(source),
    search_length: length
  }
  let former: KeptVersion | undefined
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const stored = await upsertMemory(trx, userId, memory, former?.version ?? 0)
    if (stored) {
      await replacePostings(trx, userId, stored.memory_id, postings)
      grow(writer, former ? 0 : 1, content)
      return { ...stored, created: !former, ...(former && { replaced: former.value }) }
    }
    former = await liveVersion(trx, writer, { agent_name: content.agent_name, key: content.key }) // there is one, or was just now
  }
  throw new ToolError(
    `The key "${content.key}" is being written by others all the time. Try again.`
  )
}

/** Values, not expressions. */
export type ChangedFields = Omit<
  MemoryChanges,
  'value' | 'tags' | 'speaker' | 'session_id' | 'occurred_at'
> & {
  value?: string
  tags?: string
  speaker?: string | null
  session_id?: string | null
  occurred_at?: Date | null
}

/**
 * Changes what is named of a memory, tags as JSON text, and returns it; undefined when there is
 * none.
 */
export async function changeMemory(
  trx: Trx,
  writer: Writer,
  which: MemoryReference,
  changes: ChangedFields
): Promise<Memory | undefined> {
  const { user_id: userId, source } = writer
  const former = await liveVersion(trx, writer, which)
  if (!former) return undefined
  const { postings, length } = await memoryTerms({
    ...former,
    ...changes,
    tags: changes.tags === undefined ? former.tags : JSON.parse(changes.tags)
  })
  await replacePostings(trx, userId, former.memory_id, postings)
  const memory = await updateMemory(trx, userId, former.memory_id, {
    ...changes,
    source: JSON.stringify(source),
    search_length: length
  })
  if (memory) grow(writer, 0, memory)
  return memory
}

/** Rates a memory by what `importance` makes of the one it had; undefined when there is none. */
export async function applyRating(
  trx: Trx,
  writer: Writer,
  which: MemoryReference,
  label: 'useful' | 'irrelevant' | 'outdated',
  importance: (former: number) => number
): Promise<KeptVersion | undefined> {
  const former = await liveVersion(trx, writer, which)
  if (!former) return undefined
  await rateMemory(
    trx,
    writer.user_id,
    former.memory_id,
    label,
    importance(former.importance),
    writer.source
  )
  grow(writer, 0, former)
  return former
}

/** Deletes a memory, which can be restored, and returns it; undefined when there is none. */
export async function removeMemory(
  trx: Trx,
  writer: Writer,
  which: MemoryReference
): Promise<KeptVersion | undefined> {
  const former = await liveVersion(trx, writer, which)
  if (former) await bury(trx, writer, former, writer.source)
  return former
}

/**
 * Makes a version of a live memory the present one; `exactly` with the source and time that it had.
 * false when it has no such version.
 */
export async function revertToVersion(
  trx: Trx,
  writer: Writer,
  which: MemoryReference,
  version: number,
  exactly: boolean
): Promise<boolean> {
  const { user_id: userId, source } = writer
  const former = await liveVersion(trx, writer, which)
  const wanted = former && (await findVersion(trx, userId, former.memory_id, version))
  if (!wanted || wanted.deleted) return false
  const { postings, length } = await memoryTerms(wanted)
  await revertMemory(trx, userId, wanted.memory_id, {
    version,
    searchLength: length,
    by: source,
    exactly
  })
  await replacePostings(trx, userId, wanted.memory_id, postings)
  grow(writer, 0, wanted)
  return true
}

/**
 * Brings a deleted memory back, as it was last or in a version. What it says if not: there is none,
 * or another memory has its key.
 */
export async function reviveDeletedMemory(
  trx: Trx,
  writer: Writer,
  which: MemoryReference,
  version: number | undefined,
  exactly: boolean
): Promise<MemoryVersion | 'none' | 'taken'> {
  const { user_id: userId, source } = writer
  const deletion = await lockDeletion(trx, userId, which, version)
  const wanted =
    deletion &&
    (await findVersion(trx, userId, deletion.memory_id, version ?? deletion.version - 1))
  if (!deletion || !wanted || wanted.deleted) return 'none'
  const { postings, length } = await memoryTerms(wanted)
  const place = { agent_name: wanted.agent_name, key: wanted.key }
  if ((await findMemory(trx, userId, place)) || (await liveVersion(trx, writer, place))) {
    return 'taken'
  }
  if (
    !(await reviveMemory(trx, deletion, {
      version: wanted.version,
      searchLength: length,
      by: source,
      exactly
    }))
  ) {
    return 'taken'
  }
  await replacePostings(trx, userId, wanted.memory_id, postings)
  grow(writer, 1, wanted)
  return wanted
}

/** Makes a memory that has expired a deletion, before anybody else does. */
export async function buryExpired(trx: Trx, writer: Writer, which: MemoryReference): Promise<void> {
  if (!(await findMemory(trx, writer.user_id, which))) await liveVersion(trx, writer, which)
}

/**
 * The version kept of a live memory; one that has expired becomes a deletion and counts as none.
 */
async function liveVersion(
  trx: Trx,
  writer: Writer,
  which: MemoryReference
): Promise<KeptVersion | undefined> {
  const former = await keepVersion(trx, writer.user_id, which)
  if (!former?.expired) return former
  await bury(trx, writer, former, EXPIRY_SOURCE)
}

async function bury(trx: Trx, writer: Writer, former: MemoryVersion, by: Source): Promise<void> {
  await deleteMemory(trx, former.user_id, former.memory_id)
  await insertDeletion(trx, former, by)
  writer.grown.memories--
}

/** A value stays when another one takes its place, so each write adds the one that it writes. */
function grow({ grown }: Writer, memories: number, { value }: { value: string }): void {
  grown.memories += memories
  grown.bytes += Buffer.byteLength(value)
}
