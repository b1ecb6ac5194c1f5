import { countOf } from '../translated.ts'

/** The timeline. */
export const timeline = {
  title: 'Timeline',
  intro: 'What happened, day by day, in your time zone.',
  when: 'Time',
  whenHint: 'For example: last week, May 2026, 2026-11-29',
  namespace: 'Namespace',
  older: 'Older',
  toNewest: 'Back to the newest',
  empty: 'Nothing is remembered yet. Days appear here as soon as an app saves something.',
  emptyFilter: 'Nothing is remembered of that time. Try a longer time or another namespace.',
  said: (speaker: string) => `${speaker} said`
}

/** The graph of links. */
export const graph = {
  title: 'Graph',
  intro:
    'How memories, people, projects and topics are linked. Select one to see what surrounds it.',
  around: (name: string) => `Around ${name}`,
  newest: 'The newest links',
  depth: 'Steps',
  type: 'Kind of link',
  allTypes: 'All kinds',
  picture: 'Picture of the links. The table below has the same links.',
  cut: 'There is more than fits here. Select a thing to see what surrounds it.',
  links: 'Links',
  from: 'From',
  relation: 'Link',
  to: 'To',
  since: 'Since',
  unlink: 'Unlink',
  unlinkOf: (from: string, to: string) => `Unlink ${from} and ${to}`,
  openMemory: 'Open this memory',
  showNewest: 'Show the newest links',
  empty:
    'No links yet. Assistants link memories with graph_link, and recorded conversations ' +
    'link themselves to their topics.',
  emptyAround: 'Nothing is linked to it.',
  unlinked: 'The link has ended.',
  relinked: 'The link is back.',
  linkGone: 'This link has ended already.',
  placeTaken: 'The link did not come back: it was changed, or another link took its place.',
  noSuchNode: 'Not in your graph',
  noSuchNodeText: 'There is no memory and no other thing with this name.'
}

/** Coding projects. */
export const projects = {
  title: 'Projects',
  intro:
    'What coding assistants recorded: sessions, decisions, errors with solutions, source code.',
  empty:
    'No project yet. In Claude Code or Cursor, say: “Start a coding session for this ' +
    'project in Kagura.”',
  captureTitle: 'Capture of conversations',
  captureIntro:
    'Apps whose conversations are captured leave out this project while this is off. Each app ' +
    'has a switch of its own on its page.',
  captureOn: 'Conversations about this project are captured, if the app allows it.',
  captureOff: 'Conversations about this project are not captured any more.',
  project: 'Project',
  sessions: 'Sessions',
  sessionCount: (count: number) => countOf(count, 'session', 'sessions'),
  lastUsed: 'Last used',
  indexed: 'Indexed',
  files: 'Files',
  fileCount: (count: number) => countOf(count, 'file', 'files'),
  indexedFiles: 'Indexed files',
  indexedWhen: 'Indexed',
  notIndexed: 'No source code is indexed.',
  showFiles: 'Show the files',
  languages: 'Languages',
  language: 'Language',
  lines: 'Lines',
  size: 'Size',
  active: 'in work',
  ended: 'ended',
  reached: 'goal reached',
  missed: 'goal not reached',
  goal: 'Goal',
  summary: 'Summary',
  started: 'Started',
  minutes: 'Worked',
  minuteCount: (count: number) => countOf(count, 'minute', 'minutes'),
  decisions: 'Decisions',
  rationale: 'Why',
  errors: 'Errors',
  solved: 'solved',
  unsolved: 'open',
  solution: 'Solution',
  changes: 'File changes',
  issues: 'Issues',
  openSession: (goal: string) => `Open session: ${goal}`,
  noRecords: 'Nothing was recorded.',
  delete: 'Delete the project',
  deleteSession: 'Delete the session',
  deleteIndex: 'Delete the index',
  deleteTitle: (name: string) => `Delete the project ${name}?`,
  deleteIndexTitle: (name: string) => `Delete the source code index of ${name}?`,
  deleteSessionTitle: 'Delete this session?',
  deleteSessions: (count: number) =>
    `${countOf(count, 'session', 'sessions')} with all records will be deleted permanently.`,
  deleteFiles: (count: number) =>
    `The index of ${countOf(count, 'file', 'files')} will be deleted. Your assistant can ` +
    'send the files again.',
  deleteRecords: 'Its decisions, errors and file changes will be deleted permanently.',
  stay: 'The memories that they wrote move to Deleted, where you can restore them for 30 days.',
  indexStay: 'Sessions, decisions and errors stay.',
  deleted: (name: string, sessions: number, memories: number) =>
    `Deleted ${name}: ${countOf(sessions, 'session', 'sessions')} and ` +
    `${countOf(memories, 'memory', 'memories')}.`,
  indexDeleted: (name: string) => `Deleted the index of ${name}.`,
  sessionDeleted: (memories: number) =>
    `Deleted the session and ${countOf(memories, 'memory', 'memories')}.`,
  notFound: 'No such project',
  notFoundText: 'There is no project or session with this name.'
}
