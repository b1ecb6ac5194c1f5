import { countOf } from '../translated.ts'

/** The first page after signing in. */
export const home = {
  hello: (name: string) => `Hello, ${name}`,
  purpose: 'One memory for all your assistants.',
  memories: 'Memories',
  connections: 'Apps and keys',
  lastUse: 'Last use',
  notUsed: 'not used yet',
  size: 'Size',
  begin: 'Three steps to begin',
  allDone: 'All done. Your assistants share one memory now.',
  done: 'done',
  open: 'to do',
  connectStep: 'Connect an app',
  connectText: 'ChatGPT, Claude, an editor, or a script of your own.',
  connectButton: 'Connect an app',
  tellStep: 'Tell it something',
  tellText: 'For example: “Remember that my favorite color is blue.”',
  seeStep: 'See it here',
  seeText: 'What it remembered appears below.',
  checkNow: 'Check now',
  recent: 'Remembered last',
  allMemories: 'All memories',
  empty: 'Nothing is remembered yet.',
  emptyText: 'Tell a connected app something worth keeping, or write a memory yourself.',
  attention: 'Needs attention',
  reach: {
    computer: 'Only this computer can connect. ChatGPT and claude.ai need a public address.',
    network: 'Only your network can connect. ChatGPT and claude.ai need a public address.',
    no_https: 'The address has no https. ChatGPT and claude.ai do not use it.',
    wrong_port: 'The address names a port. claude.ai connects to port 443 only.'
  },
  reachLink: 'Make it public',
  expires: (name: string) => `The key “${name}” expires`,
  expiresLink: 'Make a new key',
  behind: (count: number) =>
    `${countOf(count, 'memory waits', 'memories wait')} for search by meaning. Search by ` +
    'words finds them already.',
  behindLink: 'See the progress',
  noBackup: 'This server was never backed up.',
  lastBackup: 'The last backup of this server is old:',
  backupLink: 'How to back up'
}
