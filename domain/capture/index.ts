import {
  type CapturedSession,
  countCapturedBytes,
  extendCaptureSession,
  findCaptureOffset,
  lockCaptureSession
} from '../../db/capture/sessions.ts'
import { findCaptureSwitch } from '../../db/capture/switches.ts'
import type { Trx } from '../../db/connection/connect.ts'
import { listDeleters, listStoredMemories } from '../../db/memory/import.ts'
import type { Source } from '../../db/schema/index.ts'
import { normalizeName } from '../../lib/names.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext, Caller } from '../context.ts'
import { defaultNamespace } from '../memory/fields.ts'
import { storableContents } from '../memory/transfer/import/item.ts'
import { directoryName } from '../memory/transfer/import/transcripts/transcript-lines.ts'
import { storeMemory, type Writer, withCallWriter } from '../memory/write.ts'
import { type CapturedEntry, entryKey, type ReadPart } from './entries.ts'

/** The namespace of captured conversations, so that they do not fill the list of the others. */
export const CAPTURE_NAMESPACE = 'transcripts'
/** The type of captured memories; briefings and overviews leave it out. */
const CAPTURE_TYPE = 'conversation'
/** Below what somebody decided to remember. */
const CAPTURE_IMPORTANCE = 0.3
const MAX_NAME_LENGTH = 255
const DAY_MS = 86_400_000

type CaptureContext = Pick<CallContext, 'db' | 'principal' | 'quota'>

/** How much conversation a person may keep, and for how long. */
export interface CaptureLimits {
  bytes: number
  days: number
}

/** A part of a session, from `offset` up to `end`, which the next part begins with. */
export interface CapturePart extends ReadPart {
  client: string
  session_id: string
  project: string
  agent_name?: string | undefined
  offset: number
  end: number
}

export interface CaptureResult {
  next_offset: number
  stored: number
  /** Entries that were there already, or were deleted since. */
  known: number
}

/** The part begins beyond the end of what is captured. */
export class CaptureGapError extends Error {
  override name = 'CaptureGapError'
  readonly nextOffset: number
  constructor(nextOffset: number) {
    super(`The part before is missing. Send the session from offset ${nextOffset}.`)
    this.nextOffset = nextOffset
  }
}

/** The id of the app or key that calls; undefined for any other caller. */
export function appOfCaller({ source }: { source: Source }): string | undefined {
  return source.key_id ?? source.client_id
}

/** The name of a project, from what the client says or from its directory. */
export function projectName({ project, cwd }: { project?: string; cwd?: string }): string {
  return [...normalizeName(project || directoryName(cwd ?? ''))].slice(0, MAX_NAME_LENGTH).join('')
}

/**
 * Whether the conversations of this app are captured: only if the person turned it on for the app,
 * and not if they turned it off for the project.
 */
export async function findCaptureState(
  { db, principal }: Pick<CaptureContext, 'db' | 'principal'>,
  project: string
): Promise<'on' | 'app_off' | 'project_off'> {
  const app = appOfCaller(principal)
  const { user_id: userId } = principal
  const isAppOn = app !== undefined && (await findCaptureSwitch(db, userId, 'app', app)) === true
  if (!isAppOn) return 'app_off'
  const ofProject =
    project === '' ? undefined : await findCaptureSwitch(db, userId, 'project', project)
  return ofProject === false ? 'project_off' : 'on'
}

/** Where the next part of a session begins. */
export function findNextOffset(
  { db, principal }: Pick<CaptureContext, 'db' | 'principal'>,
  sessionId: string
): Promise<number> {
  return findCaptureOffset(db, sessionOf(principal, sessionId))
}

function sessionOf(principal: Caller, sessionId: string): CapturedSession {
  return {
    user_id: principal.user_id,
    app_id: appOfCaller(principal) ?? '',
    session_id: sessionId
  }
}

/**
 * Stores a part of a session, each entry as a memory of the session's sequence, for so many days.
 * The same part twice stores nothing twice, and what was deleted stays deleted. Throws
 * CaptureGapError, and ToolError when the quota is used up.
 */
export async function capturePart(
  context: CaptureContext,
  part: CapturePart,
  limits: CaptureLimits
): Promise<CaptureResult> {
  const session = sessionOf(context.principal, part.session_id)
  return withCallWriter(context, async (trx, writer) => {
    const nextOffset = await lockCaptureSession(trx, session)
    if (part.offset > nextOffset) throw new CaptureGapError(nextOffset)
    const agentName = part.agent_name ?? captureNamespace(context.principal)
    const freshEntries = await withoutKnown(trx, session.user_id, agentName, part)
    const bytes = freshEntries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
    if ((await countCapturedBytes(trx, session.user_id)) + bytes > limits.bytes) {
      throw new ToolError(
        `The quota of ${limits.bytes} bytes for captured conversations is used up. ` +
          'Older ones go by themselves; the administrator can raise CAPTURE_QUOTA_BYTES.'
      )
    }
    const expiresAt = new Date(Date.now() + limits.days * DAY_MS)
    for (const entry of freshEntries) {
      await storeEntry(trx, writer, { part, entry, agentName, expiresAt })
    }
    const reachedOffset = Math.max(nextOffset, part.end)
    const extension = { next_offset: reachedOffset, entries: freshEntries.length, bytes }
    await extendCaptureSession(trx, session, extension)
    const known = part.entries.length - freshEntries.length
    return { next_offset: reachedOffset, stored: freshEntries.length, known }
  })
}

function captureNamespace(caller: Caller): string {
  const { namespaces } = caller
  return !namespaces || namespaces.includes(CAPTURE_NAMESPACE)
    ? CAPTURE_NAMESPACE
    : defaultNamespace(caller)
}

/** The entries under whose keys nothing is and nothing was deleted, each once. */
async function withoutKnown(
  trx: Trx,
  userId: string,
  agentName: string,
  { client, session_id: sessionId, entries }: CapturePart
): Promise<CapturedEntry[]> {
  const entryByKey = new Map(entries.map((entry) => [entryKey(client, sessionId, entry), entry]))
  const keys = [...entryByKey.keys()]
  if (keys.length === 0) return []
  const stored = await listStoredMemories(trx, userId, agentName, keys)
  const deleted = await listDeleters(trx, userId, agentName, keys)
  for (const { key } of [...stored, ...deleted]) entryByKey.delete(key)
  return [...entryByKey.values()]
}

async function storeEntry(
  trx: Trx,
  writer: Writer,
  {
    part,
    entry,
    agentName,
    expiresAt
  }: { part: CapturePart; entry: CapturedEntry; agentName: string; expiresAt: Date }
): Promise<void> {
  const { client, session_id: sessionId, project } = part
  const contents = storableContents(
    {
      key: entryKey(client, sessionId, entry),
      value: entry.text,
      tags: ['captured', ...(project === '' ? [] : [project])],
      importance: CAPTURE_IMPORTANCE,
      type: CAPTURE_TYPE,
      metadata: { client, project },
      session_id: sessionId,
      speaker: entry.speaker,
      occurred_at: entry.at ?? new Date(),
      expires_at: expiresAt
    },
    agentName
  )
  for (const content of contents) await storeMemory(trx, writer, content)
}
