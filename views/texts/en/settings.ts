import { countOf } from '../translated.ts'

/** The pages below /settings, without the import. */
export const settings = {
  title: 'Settings',
  intro: 'You, this browser, and your data.',
  groupYou: 'You',
  groupSignIn: 'Signing in',
  groupData: 'Your data',
  change: 'Change',

  profileTitle: 'Name and email',
  profileIntro: 'You sign in with the email address. If you change it, apps and keys keep working.',
  noName: 'No name yet',
  currentPassword: 'Current password',
  passwordHint: 'This keeps other people at this browser from changing your sign-in.',
  nameTooLong: 'The name may have up to 200 characters.',
  emailTaken: 'Another account has this email address.',
  profileUnchanged: 'Your name and email address are unchanged.',
  nameSaved: 'Your name is saved.',
  emailSaved: (email: string) => `Saved. From now on you sign in with ${email}.`,

  passwordTitle: 'Password',
  passwordIntro:
    'A change signs out every other browser. API keys and connected apps keep working.',
  newPassword: 'New password',
  newPasswordHint: 'At least 8 characters, and not a common password. A long phrase is best.',
  changePassword: 'Change password',
  passwordChanged:
    'Your password is changed, and every other browser is signed out. API keys and connected ' +
    'apps keep working. Revoke those that you do not trust.',

  securityTitle: 'Passkeys and second factor',
  securityIntro: 'Sign in without a password, or add a code from your phone.',

  sessionsTitle: 'Signed-in browsers',
  sessionsIntro: 'Every browser that is signed in to your account. Sign out those you do not know.',
  sessionCount: (count: number) => countOf(count, 'browser', 'browsers'),
  browserOn: (browser: string, system: string) => `${browser} on ${system}`,
  unknownBrowser: 'Unknown browser',
  thisBrowser: 'This browser',
  fromAddress: (address: string) => `from ${address}`,
  signedInSince: 'Signed in',
  lastSeen: 'last seen',
  signOut: 'Sign out',
  signOutOf: (browser: string) => `Sign out ${browser}`,
  signOutOthers: 'Sign out all other browsers',
  noOthers: 'No other browser is signed in.',
  sessionEnded: 'That browser is signed out.',
  sessionGone: 'That browser was signed out already.',
  othersEnded: (count: number) =>
    count === 0
      ? 'No other browser was signed in.'
      : `Signed out ${countOf(count, 'other browser', 'other browsers')}.`,

  languageTitle: 'Language and time zone',
  languageIntro: 'How these pages are worded, and what words such as “yesterday” mean.',
  languageLabel: 'Language of these pages',
  browserLanguage: 'As the browser asks',
  languageSaved: 'The language is saved.',
  languageUnknown: 'Choose one of the languages in the list.',
  timezoneTitle: 'Time zone',
  timezoneIntro: 'Times are shown in this zone, and “yesterday” or “last week” refer to it.',
  timezoneLabel: 'Name of the zone',
  timezoneHint: 'For example Europe/Berlin, America/New_York or Asia/Tokyo. Empty means UTC.',
  timezoneUnknown: (name: string, similar: string) =>
    `“${name}” is not a time zone. ` +
    (similar === '' ? 'Choose a name from the list.' : `Did you mean ${similar}?`),
  timezoneSaved: (zone: string) =>
    `Your time zone is ${zone}. Words such as “yesterday” now refer to it.`,

  githubTitle: 'GitHub',
  githubIntro: 'Let coding assistants read your GitHub issues. The token is stored encrypted.',
  githubCreate: 'Create a fine-grained token',
  githubAdvice: 'Give it read access to the issues of the repositories you work on, and no more.',
  githubNone: 'No token is stored',
  githubToken: 'Token',
  githubAnother: 'Another token',
  githubStored: 'Stored',
  githubUsed: 'last used',
  githubUnused: 'not used yet',
  githubStore: 'Store token',
  githubRemove: 'Remove',
  githubRemoveTitle: 'Remove the GitHub token?',
  githubRemovePoints: 'Assistants can no longer read issues from GitHub.',
  githubRemoveAdvice:
    'At GitHub the token stays valid: revoke it there too if nothing else uses it.',
  githubRemoveButton: 'Remove token',
  githubRemoved: 'The GitHub token was removed. Revoke it at GitHub too if nothing else uses it.',
  githubNotStored: 'No GitHub token was stored.',
  githubWrong:
    'This is not a GitHub token. It has at least 20 letters, digits and underscores, such as ' +
    'github_pat_... Copy it from GitHub again.',
  githubSaved: (ending: string) =>
    `The GitHub token that ends in ${ending} is stored. Coding assistants can read your GitHub ` +
    'issues from now on.',

  dataTitle: 'Data and quota',
  dataIntro: 'What is stored for you, and how much may be.',
  usedOf: (used: string, limit: string) => `${used} of ${limit}`,
  statMemories: 'Memories',
  statBytes: 'Size with earlier versions',
  statVersions: 'Earlier versions',
  atLeast: (count: string) => `${count} or more`,
  bytesHint: 'Deleted memories count for 30 days, as long as you can restore them.',
  importTitle: 'Import',
  importIntro: 'Bring memories from ChatGPT, Claude, mem0 and others. A dry run comes first.',
  importOpen: 'Import a file',
  exportTitle: 'Export everything',
  exportIntro:
    'All memories with their versions, deleted ones and links, as JSON Lines. The import reads ' +
    'this file.',
  exportWarning: 'The file is not encrypted. Keep it where only you can read it.',
  exportButton: 'Download everything',
  exportNotesTitle: 'For Obsidian',
  exportNotesIntro:
    'A zip of Markdown files, one for each memory, with links between them. The import reads it, ' +
    'too. Former versions and deleted memories are not in it.',
  exportNotesButton: 'Download as Markdown',
  exportBusy: 'An export of your memories is being written already. Wait for it to finish.',

  meaningTitle: 'Search by meaning',
  meaningIntro: 'With an embedding server, the search finds memories of similar meaning.',
  meaningOff: 'Not set up: the search compares words only.',
  meaningOffAdmin: 'Set EMBEDDINGS_URL and EMBEDDINGS_MODEL, and restart the server.',
  meaningOffUser: 'An administrator of this server can set it up.',
  meaningReady: 'Ready: the search compares words and meaning.',
  meaningStarting: 'The embedding server has not answered yet.',
  meaningWorking: 'Your memories are being read. The search finds them by words meanwhile.',
  model: 'Model',
  dimensions: 'Dimensions',
  waiting: 'Memories that wait',
  refused: 'Memories that the model refuses',

  deleteTitle: 'Delete account',
  deleteIntro: 'Deletes your account and everything in it, permanently.',
  deleteButton: 'Delete account...',
  deleteQuestion: 'Delete your account and everything in it?',
  deleteMemories: (memories: string, versions: string) =>
    `Memories: ${memories}, with ${versions} earlier versions, and their links.`,
  deleteAccess: (apps: string, keys: string) =>
    `Connected apps: ${apps}. API keys: ${keys}. All of them stop at once.`,
  deleteMore: 'Coding sessions, indexed source code and the history of tool calls.',
  deleteFinal: 'Nobody can undo this. Export everything first if you may need it again.',
  deleteLabel: (email: string) => `Type ${email} to confirm`,
  deleteFinish: 'Delete permanently',
  deleteMismatch: 'Type the email address exactly as it is shown.',
  deleteLastAdmin:
    'You are the only administrator, so your account cannot be deleted. First give another ' +
    'person that role under People.',
  deleted: 'Your account is deleted',
  deletedText: 'Everything that was remembered for you on this server is gone.'
}
