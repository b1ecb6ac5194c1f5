import { listDecisions } from '../../db/coding/decisions.ts'
import { listOpenErrors } from '../../db/coding/errors.ts'
import { listRecentCodingSessions } from '../../db/coding/sessions.ts'
import { listNotableMemories, listPinnedMemories } from '../../db/memory/notable.ts'
import type { DataContext } from '../context.ts'
import { findMemories, type SearchFinding } from '../memory/search/find.ts'
import type { SearchContext } from '../memory/search/search-memories.ts'

/** The parts of a briefing, in their order. */
export const sectionNames = ['pinned', 'topic', 'work', 'newest'] as const
export type SectionName = (typeof sectionNames)[number]

/** What a briefing may tell: a memory, or a record of a coding project, which is a memory, too. */
export interface Candidate {
  key: string
  /** Absent where only the key is known. */
  memory_id?: string
  agent_name?: string
  text: string
  time: Date
}

/** What a briefing is for. */
export interface BriefingTopic {
  /** The name of a project; empty without one. */
  project: string
  /** The first question or task of the session; empty without one. */
  prompt: string
  /** Only memories of this namespace. */
  agent_name?: string | undefined
  /** Whether records of coding projects may be told. */
  includesCoding: boolean
}

type Sessions = Awaited<ReturnType<typeof listRecentCodingSessions>>

/** Search results for the prompt, and for the project. */
const MAX_PROMPT_HITS = 24
const MAX_PROJECT_HITS = 12
/** Characters of a prompt and of a session's goal that a search reads. */
const MAX_PROMPT_LENGTH = 2000
const MAX_GOAL_LENGTH = 200
/** Pinned memories that a briefing reads. */
const MAX_PINNED = 50
const MAX_DECISIONS = 8
const MAX_ERRORS = 8
/** Important and newest memories, each. */
const MAX_NOTABLE = 10
/** A search reads values whole, to find the best part of long ones. */
const SEARCHED_LENGTH = 20_000
/** A longer value is told by its best part. */
const WHOLE_LENGTH = 300
const VALUE_LENGTH = 600

/** The project that the briefing is about, and everything that it may tell about it. */
export interface Candidates {
  project: string
  sections: Record<SectionName, Candidate[]>
}

/** Collects what a briefing may tell, each list best first. */
export async function collectCandidates(
  context: SearchContext,
  topic: BriefingTopic
): Promise<Candidates> {
  const sessions = await recentSessions(context, topic)
  const project = topic.project || (sessions[0]?.project_id ?? '')
  const [pinned, topicHits, work, newest] = await Promise.all([
    listPinned(context, topic),
    listTopicMemories(context, topic, sessions),
    listWork(context, { ...topic, project }, sessions),
    listNotable(context, topic, undefined)
  ])
  const recordKeys = new Set(work.map(({ key }) => key))
  const topicMemories = topicHits.filter(({ key }) => !recordKeys.has(key))
  return { project, sections: { pinned, topic: topicMemories, work, newest } }
}

/** Without a project these are the sessions of the last one, unless a prompt says the topic. */
async function recentSessions(
  { db, principal }: DataContext,
  { project, prompt, includesCoding }: BriefingTopic
): Promise<Sessions> {
  if (!includesCoding || (project === '' && prompt !== '')) return []
  return listRecentCodingSessions(db, principal.user_id, {
    project: project || undefined,
    limit: 1
  })
}

/** What answers the prompt, then what the project is about. */
async function listTopicMemories(
  context: SearchContext,
  { project, prompt, agent_name }: BriefingTopic,
  [session]: Sessions
): Promise<Candidate[]> {
  const goal = session?.description.slice(0, MAX_GOAL_LENGTH) ?? ''
  const [promptHits, projectHits] = await Promise.all([
    search(context, prompt.slice(0, MAX_PROMPT_LENGTH), MAX_PROMPT_HITS, agent_name),
    search(context, `${project} ${project && goal}`.trim(), MAX_PROJECT_HITS, agent_name)
  ])
  return [...promptHits, ...projectHits]
}

async function search(
  { db, principal, embedder, signal }: SearchContext,
  query: string,
  limit: number,
  agentName: string | undefined
): Promise<Candidate[]> {
  if (query === '') return []
  const { rows } = await findMemories(db, principal.user_id, {
    query,
    agent_name: agentName,
    limit,
    valueLimit: SEARCHED_LENGTH,
    embedder,
    signal
  })
  return rows.filter(isTelling).map(hitCandidate)
}

type Hit = SearchFinding['rows'][number]

/** A replaced memory misleads, and one that has only stop words of the query is no answer. */
function isTelling({ superseded_by: successor, isSelective, matched }: Hit): boolean {
  return successor === undefined && (isSelective || matched.some((arm) => arm !== 'words'))
}

function hitCandidate(row: Hit): Candidate {
  const bestPart = row.snippetParts.map(({ text }) => text).join('')
  const text = row.value_length > WHOLE_LENGTH ? bestPart : row.value
  return {
    ...memoryCandidate(row),
    text: row.speaker === null || isRecord(row) ? text : `${row.speaker}: ${text}`
  }
}

/** Whether the memory is a record of a coding session, which names its speaker in no useful way. */
function isRecord({ type }: { type: string }): boolean {
  return type.startsWith('coding_')
}

/** The last session of the project, its open errors, its decisions, and decisions of any kind. */
async function listWork(
  context: DataContext,
  topic: BriefingTopic,
  [session]: Sessions
): Promise<Candidate[]> {
  const { db, principal } = context
  const { user_id: userId } = principal
  const hasRecords = topic.includesCoding && topic.project !== ''
  const [errors, records, decisions] = await Promise.all([
    hasRecords ? listOpenErrors(db, userId, topic.project, MAX_ERRORS) : [],
    hasRecords ? listDecisions(db, userId, topic.project, { limit: MAX_DECISIONS }) : [],
    listNotable(context, topic, 'decision')
  ])
  return [
    ...(session ? [sessionCandidate(session)] : []),
    ...errors.map((error) => ({
      key: error.error_id,
      text: `Open error: ${error.error_type}: ${error.message}`,
      time: error.created_at
    })),
    ...records.map((record) => ({
      key: record.decision_id,
      text: `Decided: ${record.decision}. Why: ${record.rationale}`,
      time: record.created_at
    })),
    ...decisions
  ]
}

function sessionCandidate(session: Sessions[number]): Candidate {
  const state = session.ended_at
    ? session.success === true
      ? 'reached'
      : session.success === false
        ? 'not reached'
        : 'ended'
    : 'active'
  const summary = session.summary === null ? '' : ` ${session.summary}`
  return {
    key: session.session_id,
    text: `Last session of ${session.project_id}: ${session.description} (${state}).${summary}`,
    time: session.ended_at ?? session.started_at
  }
}

async function listPinned(
  { db, principal }: DataContext,
  { agent_name }: BriefingTopic
): Promise<Candidate[]> {
  const memories = await listPinnedMemories(db, principal.user_id, {
    limit: MAX_PINNED,
    valueLimit: VALUE_LENGTH,
    filter: { agent_name }
  })
  return memories.map(memoryCandidate)
}

async function listNotable(
  { db, principal }: DataContext,
  { agent_name }: BriefingTopic,
  type: string | undefined
): Promise<Candidate[]> {
  const memories = await listNotableMemories(db, principal.user_id, {
    limit: MAX_NOTABLE,
    valueLimit: VALUE_LENGTH,
    filter: { agent_name, type }
  })
  return memories.map(memoryCandidate)
}

function memoryCandidate(memory: {
  key: string
  memory_id: string
  agent_name: string
  value: string
  occurred_at: Date | null
  updated_at: Date
}): Candidate {
  const { key, memory_id, agent_name, value, occurred_at: occurredAt, updated_at } = memory
  return { key, memory_id, agent_name, text: value, time: occurredAt ?? updated_at }
}
