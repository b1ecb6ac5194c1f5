import { countOf } from '../translated.ts'

/** The pages below /apps: apps, keys, and what a person lets them do. */
export const apps = {
  title: 'Apps & keys',
  intro: 'Everything that can use your memories. Open one to see what it did, or to limit it.',
  newKey: 'New key',
  emptyTitle: 'No app is connected yet',
  empty: 'Connect an assistant first. It appears here as soon as you have approved it.',
  connect: 'Connect an app',
  ended: 'Ended',
  more: 'Show more',
  newest: 'Show the newest',
  key: 'API key',
  groups: {
    memory: {
      title: 'Memories',
      text: 'Save, search, change and delete what is remembered for you.'
    },
    coding: {
      title: 'Coding sessions',
      text: 'Record your coding work (files, errors, decisions) and read it back later.'
    },
    graph: {
      title: 'Memory links',
      text: 'See and change how memories relate, and learn from how you use them.'
    },
    web: { title: 'The web', text: 'Search the web and read pages by way of this server.' }
  },
  nothing: 'No permission left',
  readsOnly: 'read only',
  onlyNamespaces: (names: string) => `only ${names}`,
  states: { active: 'active', expired: 'expired', revoked: 'revoked', ended: 'ended' },
  lastUsed: 'Last used',
  neverUsed: 'Not used yet',
  connectedAt: 'Connected',
  createdAt: 'Created',
  expires: 'Expires',
  expired: 'Expired',
  neverExpires: 'Does not expire',
  calls: (count: number, capped: boolean) =>
    (capped ? `${countOf(count, 'call', 'calls')} or more` : countOf(count, 'call', 'calls')) +
    ' in 30 days',
  written: (count: number, capped: boolean) =>
    (capped
      ? `${countOf(count, 'memory', 'memories')} or more`
      : countOf(count, 'memory', 'memories')) + ' written',
  installationCount: (count: number) => countOf(count, 'installation', 'installations'),

  shownTitle: (name: string) => `Your new key “${name}”`,
  shownText: 'Copy it now, because it is shown only once. Anyone who has it can use your memories.',
  shownCommand: 'For Claude Code, run:',
  keyIntro: 'For Claude Code, scripts, and other programs that cannot sign in with a browser.',
  keyName: 'Name',
  keyExample: 'Claude Code on my laptop',
  days30: 'in 30 days',
  days90: 'in 90 days',
  days365: 'in a year',
  daysNever: 'never',
  permissions: 'What it may do',
  create: 'Create key',
  nameProblem: 'Give it a name of up to 100 characters, by which you recognize it.',
  scopeProblem: 'Select at least one permission.',
  repeatProblem:
    'This form has already created its key, and the page shows a key only once. ' +
    'If you did not see it, revoke that key and create another one.',

  limitsTitle: 'Permissions',
  limitsIntro:
    'They count from the next request on. Nothing here goes beyond what you approved before.',
  limitsSaved: (name: string) => `The permissions of ${name} are saved.`,
  access: 'Access',
  accessFull: 'Read and write',
  accessFullText: 'It may save, change and delete.',
  accessRead: 'Read only',
  accessReadText: 'It may search and read, and changes nothing.',
  reach: 'Reach',
  reachAll: 'All memories',
  reachNamespaces: 'Only these namespaces',
  otherNamespace: 'Another namespace',
  beyond: 'Also what has no namespace',
  beyondText: 'Coding sessions, source code and the web.',
  savePermissions: 'Save permissions',

  toolsTitle: 'Tools that it sees',
  toolsIntro:
    'A short list is easier for an assistant, and it may still call the other tools by name. ' +
    'A list in its URL (profile) counts more than this.',
  toolLists: {
    automatic: 'Automatic',
    essential: 'Essential',
    coding: 'Coding',
    everything: 'Everything'
  },
  toolListTexts: {
    automatic: 'The essential tools, with coding for an app that codes.',
    essential: 'Search, save, change, delete and restore memories.',
    coding: 'The essential tools and those for coding sessions.',
    everything: 'All tools that it may use.'
  },
  saveTools: 'Save the list',
  captureTitle: 'Capture of conversations',
  captureIntro: (days: number) =>
    'With the plugin, this app can hand over what is said in its sessions. You can search it ' +
    `later. What looks like a secret is left out. It goes after ${countOf(days, 'day', 'days')}.`,
  on: 'On',
  off: 'Off',
  turnOn: 'Turn on',
  turnOff: 'Turn off',
  captureOn: (name: string) => `Conversations of ${name} are captured from now on.`,
  captureOff: (name: string) => `Conversations of ${name} are not captured any more.`,
  toolsSaved: 'The list of tools is saved. The app sees it when it lists its tools again.',

  installations: 'Installations',
  approvedAt: 'Approved',
  device: (browser: string, system: string) => `${browser} on ${system}`,
  unknownDevice: 'Unknown device',
  fromAddress: (address: string) => `from ${address}`,
  returnsTo: (origin: string) => `for ${origin}`,
  unusedSince: 'Connected again from there, and not used since',
  revoke: 'Revoke',
  revokeOne: (number: number) => `Revoke installation ${number}`,
  revokeAll: (name: string) => `Revoke ${name}`,
  revokeUnused: (count: number) => `Revoke the ${count} unused`,
  moreInstallations: 'Show more installations',

  wrote: 'What it wrote last',
  wroteNothing: 'It has written no memory that is there now.',
  called: 'What it called last',
  calledNothing: 'No call is on record.',
  allCalls: 'All its calls',
  inNamespace: (namespace: string) => `in ${namespace}`,

  rename: 'Rename',
  ownName: (name: string) => `It calls itself ${name}.`,
  renameHint: 'Empty brings its own name back.',
  renamed: (name: string) => `It is called ${name} from now on.`,
  ending: 'Undo or end it',
  endedNote: 'It has no access any more. You can still undo what it did.',

  undo: 'Undo what it did',
  undoTitle: (name: string) => `Undo what ${name} did`,
  undoIntro:
    'Takes back every memory and link that it wrote, changed or deleted since a time. What ' +
    'others changed later stays. Each change is a new version, so nothing is lost.',
  undoSince: 'Since',
  undoAt: 'Or since this moment',
  undoTimeProblem: 'Enter a date and a time, such as 2026-11-30 14:00.',
  spans: {
    '1h': 'one hour ago',
    '24h': 'a day ago',
    '7d': 'a week ago',
    '30d': '30 days ago',
    all: 'the beginning'
  },
  preview: 'Show what would change',
  previewSince: 'Changes since',
  undoMemories: (count: number) => `${countOf(count, 'memory', 'memories')} would change`,
  undoLinks: (count: number) => `${countOf(count, 'link', 'links')} would change`,
  undoKept: (count: number) => `${countOf(count, 'entry stays', 'entries stay')} untouched`,
  undoNone: 'There is nothing to undo since then.',
  undoButton: (count: number) => `Undo ${countOf(count, 'change', 'changes')}`,
  undoMore: (count: number) => `and ${countOf(count, 'more', 'more')}`,
  undone: (changes: number, kept: number) =>
    `Undone: ${countOf(changes, 'change', 'changes')}.` +
    (kept > 0 ? ` ${countOf(kept, 'entry stays', 'entries stay')} as others left it.` : ''),
  changes: {
    deleted: 'delete',
    restored: 'restore',
    reverted: 'revert',
    reopened: 'reopen'
  },
  toVersion: (version: number) => `to version ${version}`,
  changedBy: (name: string) => `changed later by ${name}`,
  obstacles: {
    taken: 'another memory has the key now',
    final: 'the deletion is final',
    place: 'another link is open in its place'
  },

  revokeTitle: (name: string) => `Revoke ${name}?`,
  revokeSeveral: (count: number, name: string) =>
    `Revoke ${countOf(count, 'installation', 'installations')} of ${name}?`,
  revokePoint: (count: number, name: string) =>
    count <= 1
      ? `${name} loses access to your memories at once.`
      : `${countOf(count, 'installation', 'installations')} of ${name} lose access to your ` +
        'memories at once.',
  revokeKeeps: 'Everything that it saved stays in your memory.',
  revokeAgain: (name: string) => `To use it again, connect it from ${name} and approve it.`,
  revokeButton: (count: number) => (count <= 1 ? 'Revoke' : `Revoke ${count}`),
  revoked: (count: number, name: string) =>
    count <= 1
      ? `Revoked: this installation of ${name} can no longer use your memories. ` +
        'The memories that it saved are still there.'
      : `Revoked: ${count} installations of ${name} can no longer use your memories. ` +
        'The memories that they saved are still there.',
  gone: 'This app is no longer connected, so there was nothing to revoke.',
  revokeKeyTitle: (name: string) => `Revoke the key “${name}”?`,
  revokeKeyPoint: (prefix: string) =>
    `Whatever uses this key (${prefix}…) loses access to your memories at once.`,
  revokeKeyFinal: 'A revoked key never works again. You can create another one at any time.',
  revokeKeyButton: 'Revoke key',
  keyRevoked: (name: string) => `The key “${name}” is revoked and no longer works.`,
  keyGone: 'This key is already revoked, so there was nothing to do.',

  notFound: 'App not found',
  notFoundText: 'There is no app or key with this address in your account.'
}
