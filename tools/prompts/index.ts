import { listRecentCodingSessions } from '../../db/coding/recent.ts'
import { listNotableMemories } from '../../db/memory/notable.ts'
import { findMemories } from '../../domain/memory/search/find.ts'
import type { ToolContext } from '../tool.ts'
import { memoryLine, prompted, TEXT_LIMIT } from './data.ts'

/** So many of what is important, of what is recent, and of what is found. */
const MAX_MEMORIES = 40
const SESSIONS = 5
const ARGUMENT_LIMIT = 500

type Context = Pick<ToolContext, 'db' | 'principal'>

/**
 * A prompt that a person picks: what the model is asked, with what is stored of this person. Needs
 * the group memory.
 */
export interface Prompt {
  name: string
  title: string
  description: string
  argument: { name: string; description: string }
  /** The text for the model; `argument` is empty when it was left out. */
  text: (argument: string, context: Context) => Promise<string>
}

const aboutMe: Prompt = {
  name: 'what-do-you-know-about-me',
  title: 'What do you know about me?',
  description: 'Tells what is remembered of me, the most important and the latest.',
  argument: { name: 'topic', description: 'Only about this.' },
  async text(topic, { db, principal: { user_id: userId } }) {
    const known =
      topic === ''
        ? (
            await listNotableMemories(db, userId, {
              limit: MAX_MEMORIES,
              valueLimit: TEXT_LIMIT + 1
            })
          ).map(memoryLine)
        : await found(topic, userId, db)
    return prompted(
      `What do you know about me${topic && ` concerning ${JSON.stringify(topic)}`}? Tell me in your own words, ordered by subject, what is certain and what may be out of date.`,
      known,
      `Nothing is stored ${topic === '' ? 'yet' : 'about it'}. Tell me so, and that you will remember what I ask you to (memory_store).`
    )
  }
}

const continueProject: Prompt = {
  name: 'continue-my-project',
  title: 'Continue my project',
  description:
    'Picks up work where it was left: the last sessions of a project and what is remembered of it.',
  argument: { name: 'project', description: 'Its name; the one worked on last when left out.' },
  async text(given, { db, principal: { user_id: userId, groups } }) {
    const sessions = groups.has('coding')
      ? await listRecentCodingSessions(db, userId, { project: given || undefined, limit: SESSIONS })
      : []
    const project = given || (sessions[0]?.project_id ?? '')
    const known =
      project === ''
        ? []
        : await found(`${project} ${sessions[0]?.description.slice(0, 200) ?? ''}`, userId, db)
    const lines = sessions.map(
      ({ started_at: started, ended_at: ended, description, summary, success }) => ({
        session: description,
        ...(summary !== null && { summary }),
        ...(success !== null && { goal_reached: success }),
        started: started.toISOString(),
        ...(ended ? { ended: ended.toISOString() } : { active: true })
      })
    )
    return prompted(
      `Let us continue ${project === '' ? 'my project' : `the project ${JSON.stringify(project)}`}. Say in a few sentences where it stands and what is open, then propose the next step.`,
      [...lines, ...known],
      'Nothing is stored about it yet. Ask me what it is, and remember the goal (memory_store, or coding_start_session for programming).'
    )
  }
}

async function found(
  query: string,
  userId: string,
  db: Context['db']
): Promise<Array<Record<string, unknown>>> {
  const { rows } = await findMemories(db, userId, {
    query,
    limit: MAX_MEMORIES,
    valueLimit: TEXT_LIMIT + 1
  })
  return rows.map(memoryLine)
}

export const prompts: readonly Prompt[] = [aboutMe, continueProject]

/** The argument of a prompt among those given, without what no database can hold. */
export function argumentOf({ argument }: Prompt, given: Record<string, string> = {}): string {
  return (given[argument.name] ?? '')
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim()
    .slice(0, ARGUMENT_LIMIT)
}
