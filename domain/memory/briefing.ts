import { listRecentCodingSessions } from '../../db/coding/sessions.ts'
import { listNotableMemories } from '../../db/memory/notable.ts'
import type { DataContext } from '../context.ts'
import { findMemories } from './search/find.ts'

/** Memories of each kind: important, recent, found by a search. */
const MAX_MEMORIES = 40
const MAX_SESSIONS = 5
/** Characters of a session's description that go into the search for its project. */
const MAX_DESCRIPTION_LENGTH = 200

type Sessions = Awaited<ReturnType<typeof listRecentCodingSessions>>

/** A memory as a briefing shows it. */
export interface BriefedMemory {
  key: string
  agent_name: string
  value: string
  tags: string[]
  type: string
  occurred_at: Date | null
  updated_at: Date
}

/** What is stored about a topic; without one, the most important and the latest memories. */
export async function briefOnTopic(
  context: DataContext,
  { topic, valueLimit }: { topic: string; valueLimit: number }
): Promise<BriefedMemory[]> {
  const { db, principal } = context
  return topic === ''
    ? listNotableMemories(db, principal.user_id, { limit: MAX_MEMORIES, valueLimit })
    : searchBriefing(context, topic, valueLimit)
}

/**
 * The last coding sessions of a project and what is stored about it. An empty project means the one
 * of the last session.
 */
export async function briefOnProject(
  context: DataContext,
  {
    project,
    includesSessions,
    valueLimit
  }: { project: string; includesSessions: boolean; valueLimit: number }
): Promise<{ project: string; sessions: Sessions; memories: BriefedMemory[] }> {
  const sessions = includesSessions
    ? await listRecentCodingSessions(context.db, context.principal.user_id, {
        project: project || undefined,
        limit: MAX_SESSIONS
      })
    : []
  const projectName = project || (sessions[0]?.project_id ?? '')
  const description = sessions[0]?.description.slice(0, MAX_DESCRIPTION_LENGTH) ?? ''
  const memories =
    projectName === ''
      ? []
      : await searchBriefing(context, `${projectName} ${description}`, valueLimit)
  return { project: projectName, sessions, memories }
}

async function searchBriefing(
  { db, principal }: DataContext,
  query: string,
  valueLimit: number
): Promise<BriefedMemory[]> {
  const { rows } = await findMemories(db, principal.user_id, {
    query,
    limit: MAX_MEMORIES,
    valueLimit
  })
  return rows
}
