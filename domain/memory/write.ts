import type { Trx } from '../../db/connection/connect.ts'
import type { MemoryReference } from '../../db/memory/conditions.ts'
import {
  deleteMemory,
  findMemory,
  type Memory,
  type MemoryChanges,
  type NewMemory,
  rateMemory,
  updateMemory,
  upsertMemory
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
import { refuseOverQuota } from './quota.ts'
import { memoryTerms } from './search/terms.ts'

/** The writer of a transaction, and what the transaction has added to the user's usage so far. */
export interface Writer {
  user_id: string
  source: Source
  /** The namespaces that the writer is bound to; absent or null is all. */
  namespaces?: readonly string[] | null
  /** Absent for the operator, who has no limit. */
  quota?: MemoryQuota
  grown: MemoryUsage
}

export const EXPIRY_SOURCE: Source = { kind: 'expiry', name: 'expiry' }

/** Concurrent stores of one key that may come between before the store gives up. */
const MAX_STORE_ATTEMPTS = 20

/**
 * Runs a write of memories. Every write goes through here: in one transaction it keeps the former
 * version, changes the row and its search terms, and counts the user's usage. The usage comes last,
 * see addMemoryUsage. Throws what `work` throws, and ToolError when the quota is used up.
 */
export async function withWriter<T>(
  trx: Trx,
  identity: Omit<Writer, 'grown'>,
  work: (writer: Writer) => Promise<T>
): Promise<T> {
  const writer = { ...identity, grown: { memories: 0, bytes: 0 } }
  const result = await work(writer)
  if (writer.grown.memories === 0 && writer.grown.bytes === 0) return result
  refuseOverQuota(writer, await addMemoryUsage(trx, writer.user_id, writer.grown))
  return result
}

type WriterContext = Pick<CallContext, 'db' | 'principal' | 'quota'>

/** Runs `work` as the caller of a tool, in a transaction of its own. Throws like withWriter. */
export function withCallWriter<T>(
  { db, principal: { user_id, source, namespaces = null }, quota }: WriterContext,
  work: (trx: Trx, writer: Writer) => Promise<T>
): Promise<T> {
  const identity = { user_id, source, namespaces, quota }
  return db.transaction().execute((trx) => withWriter(trx, identity, (writer) => work(trx, writer)))
}

export type MemoryContent = Omit<NewMemory, 'search_length' | 'source' | 'tags'> & {
  tags: string[]
}

/**
 * Stores the memory under its key, new or in place of another. `replaced` is the former value,
 * which stays as a version. Throws ToolError when concurrent writers keep changing the key.
 */
export async function storeMemory(
  trx: Trx,
  writer: Writer,
  content: MemoryContent
): Promise<{ memory_id: string; created: boolean; replaced?: string }> {
  const { postings, length } = await memoryTerms(content)
  const newMemory = {
    ...content,
    tags: JSON.stringify(content.tags),
    source: JSON.stringify(writer.source),
    search_length: length
  }
  const reference = { agent_name: content.agent_name, key: content.key }
  let formerVersion: KeptVersion | undefined
  for (let attemptCount = 0; attemptCount < MAX_STORE_ATTEMPTS; attemptCount++) {
    const storedMemory = await upsertMemory(
      trx,
      writer.user_id,
      newMemory,
      formerVersion?.version ?? 0
    )
    if (storedMemory) {
      await replacePostings(trx, writer.user_id, storedMemory.memory_id, postings)
      addGrowth(writer, formerVersion ? 0 : 1, content)
      return {
        ...storedMemory,
        created: !formerVersion,
        ...(formerVersion && { replaced: formerVersion.value })
      }
    }
    // The upsert met a live row. It may be gone again by now, then the next attempt inserts.
    formerVersion = await keepLiveVersion(trx, writer, reference)
  }
  throw new ToolError(`Other writers keep changing the key "${content.key}". Try again.`)
}

/** Changes as values, where MemoryChanges also takes expressions. Tags are JSON text. */
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

/** Changes the given fields of a memory and returns it; undefined if it does not exist. */
export async function changeMemory(
  trx: Trx,
  writer: Writer,
  reference: MemoryReference,
  changes: ChangedFields
): Promise<Memory | undefined> {
  const formerVersion = await keepLiveVersion(trx, writer, reference)
  if (!formerVersion) return undefined
  const { postings, length } = await memoryTerms({
    ...formerVersion,
    ...changes,
    tags: changes.tags === undefined ? formerVersion.tags : JSON.parse(changes.tags)
  })
  await replacePostings(trx, writer.user_id, formerVersion.memory_id, postings)
  const memory = await updateMemory(trx, writer.user_id, formerVersion.memory_id, {
    ...changes,
    source: JSON.stringify(writer.source),
    search_length: length
  })
  if (memory) addGrowth(writer, 0, memory)
  return memory
}

/**
 * Rates a memory: counts the label, and sets the importance that `adjustImportance` computes from
 * the former one. Returns undefined if the memory does not exist.
 */
export async function applyRating(
  trx: Trx,
  writer: Writer,
  reference: MemoryReference,
  label: 'useful' | 'irrelevant' | 'outdated',
  adjustImportance: (former: number) => number
): Promise<KeptVersion | undefined> {
  const formerVersion = await keepLiveVersion(trx, writer, reference)
  if (!formerVersion) return undefined
  await rateMemory(
    trx,
    writer.user_id,
    formerVersion.memory_id,
    label,
    adjustImportance(formerVersion.importance),
    writer.source
  )
  addGrowth(writer, 0, formerVersion)
  return formerVersion
}

/** Deletes a memory, which stays restorable, and returns it; undefined if it does not exist. */
export async function removeMemory(
  trx: Trx,
  writer: Writer,
  reference: MemoryReference
): Promise<KeptVersion | undefined> {
  const formerVersion = await keepLiveVersion(trx, writer, reference)
  if (formerVersion) await buryMemory(trx, writer, formerVersion, writer.source)
  return formerVersion
}

/**
 * Makes a former version of a live memory the present one. `exactly` also restores the version's
 * source, time, namespace and key. Returns false if the memory has no such version, or if another
 * memory has the key.
 */
export async function revertToVersion(
  trx: Trx,
  writer: Writer,
  reference: MemoryReference,
  version: number,
  exactly: boolean
): Promise<boolean> {
  const { user_id: userId, source } = writer
  const formerVersion = await keepLiveVersion(trx, writer, reference)
  const targetVersion =
    formerVersion && (await findVersion(trx, userId, formerVersion.memory_id, version))
  if (!targetVersion || targetVersion.deleted) return false
  if (exactly && (await isPlaceTaken(trx, writer, targetVersion))) return false
  const { postings, length } = await memoryTerms(targetVersion)
  const restoration = { version, searchLength: length, by: source, exactly }
  await revertMemory(trx, userId, targetVersion.memory_id, restoration)
  await replacePostings(trx, userId, targetVersion.memory_id, postings)
  addGrowth(writer, 0, targetVersion)
  return true
}

/**
 * Restores a deleted memory to its last state, or to `version`. Returns 'none' if there is no such
 * deletion or version, and 'taken' if another memory has the key.
 */
export async function reviveDeletedMemory(
  trx: Trx,
  writer: Writer,
  reference: MemoryReference,
  version: number | undefined,
  exactly: boolean
): Promise<MemoryVersion | 'none' | 'taken'> {
  const { user_id: userId, source } = writer
  const deletion = await lockDeletion(trx, userId, reference, version)
  const targetVersion =
    deletion &&
    (await findVersion(trx, userId, deletion.memory_id, version ?? deletion.version - 1))
  if (!deletion || !targetVersion || targetVersion.deleted) return 'none'
  const { postings, length } = await memoryTerms(targetVersion)
  if (await isPlaceTaken(trx, writer, targetVersion)) return 'taken'
  const restoration = { version: targetVersion.version, searchLength: length, by: source, exactly }
  if (!(await reviveMemory(trx, deletion, restoration))) return 'taken'
  await replacePostings(trx, userId, targetVersion.memory_id, postings)
  addGrowth(writer, 1, targetVersion)
  return targetVersion
}

/** Whether another live memory has the key. An expired one that has it becomes a deletion. */
export async function isPlaceTaken(
  trx: Trx,
  writer: Writer,
  { memory_id: memoryId, agent_name, key }: { memory_id: string; agent_name: string; key: string }
): Promise<boolean> {
  const holder =
    (await findMemory(trx, writer.user_id, { agent_name, key })) ??
    (await keepLiveVersion(trx, writer, { agent_name, key }))
  return holder !== undefined && holder.memory_id !== memoryId
}

/** Turns an expired memory into a deletion now, without waiting for the background task. */
export async function buryExpired(
  trx: Trx,
  writer: Writer,
  reference: MemoryReference
): Promise<void> {
  if (await findMemory(trx, writer.user_id, reference)) return
  await keepLiveVersion(trx, writer, reference)
}

/**
 * Keeps the present state of a live memory as a version and returns it. An expired memory becomes a
 * deletion and counts as missing.
 */
async function keepLiveVersion(
  trx: Trx,
  writer: Writer,
  reference: MemoryReference
): Promise<KeptVersion | undefined> {
  const formerVersion = await keepVersion(trx, writer.user_id, reference)
  if (!formerVersion?.expired) return formerVersion
  await buryMemory(trx, writer, formerVersion, EXPIRY_SOURCE)
}

async function buryMemory(
  trx: Trx,
  writer: Writer,
  former: MemoryVersion,
  actor: Source
): Promise<void> {
  await deleteMemory(trx, former.user_id, former.memory_id)
  await insertDeletion(trx, former, actor)
  writer.grown.memories--
}

/** Adds the bytes of each written value: the former value stays as a version and keeps counting. */
function addGrowth({ grown }: Writer, memories: number, { value }: { value: string }): void {
  grown.memories += memories
  grown.bytes += Buffer.byteLength(value)
}
