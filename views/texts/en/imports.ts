import { countOf } from '../translated.ts'

/** The page that imports memories. */
export const imports = {
  title: 'Import',
  intro:
    'Bring memories from another assistant, or back from an export of this one. The file is ' +
    'examined first: you see what would change before anything does.',
  readOnly: 'Your account may read memories but not change them.',
  file: 'File',
  fileHint: (size: string) =>
    `A zip, JSON, JSON Lines or Markdown file of up to ${size}. The zip of an export needs no ` +
    'unpacking.',
  format: 'What wrote it',
  detect: 'Find out',
  namespace: 'Namespace',
  namespaceHint: 'For the new memories of another product. An export of Kagura Memory has its own.',
  upload: 'Upload and examine',
  noFile: 'Choose a file.',
  tooLarge: (megabytes: number) =>
    `The file is larger than ${megabytes} MB, which is the limit of this server.`,
  unknownFormat: 'Choose one of the formats in the list.',
  longNamespace: 'The namespace may have up to 128 characters.',
  alreadyActive: 'You have an import that has not ended. Finish or stop it first.',
  serverBusy: 'The server has too many imports at the moment. Try again in some minutes.',
  tooLate: 'That was not possible any more: the import has moved on. See its state below.',

  checking: 'Examining the file',
  ready: 'Ready to import',
  confirmed: 'Starting',
  running: 'Importing',
  done: 'Imported',
  failed: 'Not imported',
  brokenOff: 'Broken off',
  stopped: 'Stopped',
  undoing: 'Taking it back',
  undone: 'Taken back',
  checkNow: 'Check now',
  leaveHint: 'You can leave this page. The import goes on, and you find it here again.',
  progress: (done: string, total: string) => `${done} of ${total}`,
  progressOnly: (done: string) => `${done} so far`,
  interrupted: 'The server was stopped in between. What was imported by then is still there.',
  internal: 'Something went wrong on the server. Its log has the details.',
  nothingChanged: 'Nothing was changed.',

  from: (product: string) => `from ${product}`,
  into: (namespace: string) => `into the namespace ${namespace}`,
  wouldCreate: 'New memories',
  wouldChange: 'Changed memories',
  unchanged: 'Already present',
  kept: 'Kept as they are here',
  keptHint:
    'They were changed or deleted here, or another memory has their key. The import leaves them.',
  versions: 'Earlier versions',
  links: 'New links',
  linksLeft: 'Links left out',
  files: (count: number) => countOf(count, 'file read', 'files read'),
  leftOut: (count: string, kind: string) => `${count} ${kind}`,
  examples: 'The first of them',
  exampleNew: 'new',
  exampleChanged: 'changed',
  exampleKept: 'kept',
  warnings: (count: number) => countOf(count, 'note', 'notes'),
  broken: (count: number) =>
    countOf(count, 'broken part that is left out', 'broken parts that are left out'),
  leftFiles: (count: number) => countOf(count, 'file not read', 'files not read'),
  more: (count: number) => `... and ${countOf(count, 'more', 'more')}`,
  nothingNew: 'There is nothing new in this file.',
  confirm: 'Import',
  discard: 'Discard',
  stop: 'Stop',
  undo: 'Undo this import',
  undoHint: 'It deletes what the import created. What you or an app changed since stays.',
  undoneCount: (memories: number, links: number) =>
    `Took back ${countOf(memories, 'memory', 'memories')} and ${countOf(links, 'link', 'links')}.`,
  conflicts: (count: number) =>
    `${countOf(count, 'change', 'changes')} by others since then stayed.`,
  createdCount: (count: number) => countOf(count, 'new', 'new'),
  changedCount: (count: number) => countOf(count, 'changed', 'changed'),
  earlier: 'Earlier imports',
  showMemories: 'Show the memories'
}
