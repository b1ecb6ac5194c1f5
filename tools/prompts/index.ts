import { briefingSizes, composeBriefing } from '../../domain/briefing/index.ts'
import { briefOnProject, briefOnTopic } from '../../domain/memory/briefing.ts'
import type { ToolContext } from '../tool.ts'
import { memoryLine, promptText, TEXT_BUDGET } from './data.ts'

const MAX_ARGUMENT_LENGTH = 500
/** One character more than a line shows, so that a cut value is marked. */
const VALUE_LIMIT = TEXT_BUDGET + 1

type PromptContext = Pick<ToolContext, 'db' | 'principal'>

/** A question that a person picks in their app. The model gets it with what is stored. */
export interface Prompt {
  name: string
  title: string
  description: string
  argument: { name: string; description: string }
  /** The text for the model; `argument` is empty when the person left it out. */
  text: (argument: string, context: PromptContext) => Promise<string>
}

const aboutMe: Prompt = {
  name: 'what-do-you-know-about-me',
  title: 'What do you know about me?',
  description: 'Tells what is remembered about me, the most important and the latest.',
  argument: { name: 'topic', description: 'Only about this.' },
  async text(topic, context) {
    const memories = await briefOnTopic(context, { topic, valueLimit: VALUE_LIMIT })
    const subject = topic && ` concerning ${JSON.stringify(topic)}`
    return promptText(
      `What do you know about me${subject}? Tell me in your own words, ordered by subject, ` +
        'what is certain and what may be out of date.',
      memories.map(memoryLine),
      `Nothing is stored ${topic === '' ? 'yet' : 'about it'}. Tell me so, ` +
        'and that you will remember what I ask you to (memory_store).'
    )
  }
}

const continueProject: Prompt = {
  name: 'continue-my-project',
  title: 'Continue my project',
  description:
    'Picks up work where it stopped: the last sessions of a project and what is stored about it.',
  argument: { name: 'project', description: 'Its name; by default the last one worked on.' },
  async text(argument, context) {
    const { project, sessions, memories } = await briefOnProject(context, {
      project: argument,
      includesSessions: context.principal.permissions.has('coding:read'),
      valueLimit: VALUE_LIMIT
    })
    const subject = project === '' ? 'my project' : `the project ${JSON.stringify(project)}`
    return promptText(
      `Let us continue ${subject}. Say in a few sentences where it stands and what is open, ` +
        'then propose the next step.',
      [...sessions.map(sessionLine), ...memories.map(memoryLine)],
      'Nothing is stored about it yet. Ask me what it is, and remember the goal ' +
        '(memory_store, or coding_start_session for programming).'
    )
  }
}

type CodingSession = Awaited<ReturnType<typeof briefOnProject>>['sessions'][number]

function sessionLine(session: CodingSession): Record<string, unknown> {
  const { description, summary, success, started_at: startedAt, ended_at: endedAt } = session
  return {
    session: description,
    ...(summary !== null && { summary }),
    ...(success !== null && { goal_reached: success }),
    started: startedAt.toISOString(),
    ...(endedAt ? { ended: endedAt.toISOString() } : { active: true })
  }
}

const newSession: Prompt = {
  name: 'memory-briefing',
  title: 'Brief this session',
  description: 'Puts what a new session should know into the conversation, in a fixed size.',
  argument: { name: 'about', description: 'The task or first question of the session.' },
  async text(argument, context) {
    const briefing = await composeBriefing(
      { ...context, signal: new AbortController().signal },
      {
        prompt: argument,
        project: '',
        max_tokens: briefingSizes.default,
        includesCoding: context.principal.permissions.has('coding:read')
      }
    )
    const question =
      argument === '' ? 'Say in a sentence or two what you know, and ask what is next.' : argument
    return `${briefing.text}\n\n${question}`
  }
}

export const prompts: readonly Prompt[] = [aboutMe, continueProject, newSession]

/** The argument that a client sent for a prompt, without characters that no database can hold. */
export function argumentOf({ argument }: Prompt, sent: Record<string, string> = {}): string {
  return (sent[argument.name] ?? '')
    .replaceAll('\0', '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim()
    .slice(0, MAX_ARGUMENT_LENGTH)
}
