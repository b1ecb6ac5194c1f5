import { countOf } from '../translated.ts'

/** The pages outside of the console: set-up, devices, after a decision, errors. */
export const doors = {
  account: 'Your account',
  home: 'To the first page',

  setupTitle: 'Set up',
  welcome: 'Welcome',
  setupText: 'Create the first account. It administers this server.',
  passwordHint: 'At least 8 characters, and not a common password. A long phrase is best.',
  createAccount: 'Create account',
  ollama: 'Search by meaning: Ollama runs on this machine',
  ollamaModel: 'Fetch a model once:',
  ollamaSettings: (file: string) =>
    `Put this into ${file} in the folder of the server, and restart it. Without it, search ` +
    'compares words.',
  setupFoot: 'Your data stays on this server. This set-up link works once.',

  deviceTitle: 'Connect a device',
  deviceText:
    'An app on another device, or in a terminal, shows you a code. Enter it here to see ' +
    'what it asks for.',
  waitSeconds: (count: number) =>
    `Too many codes were tried. Wait ${countOf(count, 'second', 'seconds')}, then try again.`,
  waitMinutes: (count: number) =>
    `Too many codes were tried. Wait ${countOf(count, 'minute', 'minutes')}, then try again.`,
  code: 'Code',
  codeHint:
    'Enter only a code that you asked for yourself, just now. Never enter a code that ' +
    'another person gave you.',
  continue: 'Continue',

  approved: 'Approved',
  denied: 'Denied',
  approvedName: (name: string) => `You approved ${name}`,
  deniedName: (name: string) => `You denied ${name}`,
  deviceApproved:
    'Go back to the device: within a few seconds it is connected, and may use your ' +
    'memories as you chose.',
  deviceDenied: 'It gets no access. The device learns that you said no.',
  closePage: 'You can close this page.',
  appApproved: 'It may now use your memories as you chose.',
  appDenied: 'It gets no access. The app learns that you said no.',
  onYourWay: (host: string) => `You are on your way back to ${host}.`,
  mayAsk: 'Your browser may ask whether to open the app.',
  backTo: (name: string) => `Back to ${name}`,
  nothingHappens: 'If nothing happens, use the button. Afterwards you can close this page.',
  takeBack: 'You can take this back at any time:',
  yourApps: 'your apps',

  signedOutTitle: 'Signed out',
  signedOut: 'You are signed out',
  signedOutText: 'Connected apps and API keys keep working.',
  signInAgain: 'Sign in again',

  mcpTitle: 'An address for your assistants',
  mcpText:
    'This is the MCP address of Kagura Memory, one memory for ChatGPT, Claude and other AI ' +
    'assistants. It is for them, not for your browser.',
  mcpKeyText:
    'This is the API-key address of Kagura Memory, one memory for ChatGPT, Claude and ' +
    'other AI assistants. It is for them, not for your browser.',
  mcpHow: 'How to connect',
  mcpKeyHow: (header: string) =>
    `Give your client this address, and an API key in the header ${header}:`,
  mcpKeyMore: (address: string) =>
    'You create API keys after signing in. Clients that can sign in by themselves use ' +
    `${address} instead.`,
  mcpCopy: 'Copy this address:',
  mcpPaste:
    'In ChatGPT, Claude, VS Code or Cursor, add a custom connector or MCP server and paste it.',
  mcpApprove: 'Sign in here when the app asks you to, and approve.',
  mcpClaudeCode: 'Claude Code, in a terminal:',
  mcpSignIn: 'Sign in to your account',
  mcpFoot: 'There you find the steps for every app, your connected apps and your API keys.',

  received: 'What was received',
  allowIt: 'To allow it, run this on the server:',
  reference: "Reference for the server's log:",
  notFound: 'Not found',
  notFoundText: 'There is nothing at this address.',
  failed: 'This did not work'
}
