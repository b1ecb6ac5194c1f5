import { countOf } from '../translated.ts'

/** The page that shows what a new session would be told. */
export const briefing = {
  title: 'Briefing',
  intro:
    'What a new session would be told. Assistants get it from the tool memory_briefing, and ' +
    'coding assistants with the plugin get it by themselves.',
  prompt: 'First question or task',
  project: 'Project',
  size: 'Size in tokens',
  compose: 'Show',
  sizeProblem: (min: number, max: number) => `Type a number from ${min} to ${max}.`,
  sizeText: (tokens: string, max: string) => `${tokens} of at most ${max} tokens.`,
  about: 'Project:',
  text: 'The text',
  parts: 'What it holds',
  sections: {
    pinned: 'Pinned',
    topic: 'About the topic',
    work: 'Recent decisions and open errors',
    newest: 'Important and newest'
  },
  counts: (included: number, leftOut: number) =>
    leftOut === 0
      ? `${countOf(included, 'entry', 'entries')}.`
      : `${countOf(included, 'entry', 'entries')}, ${leftOut} left out for size.`,
  howTo: 'Pin what every session should know.',
  connect: 'Connect an assistant'
}
