import { countOf } from '../translated.ts'
import { commandName } from '../../../lib/command-name.ts'

/** Words of a page that says why something was refused. */
interface Fault {
  title: string
  text: string
  advice?: string
  /** What to do in which case, one after another. */
  steps?: ReadonlyArray<{ when: string; then: string }>
  /** The text of the link that leads on. */
  link?: string
}

/** How each app forgets the client_id that it stored, and gets another. */
const reconnectSteps = [
  { when: 'ChatGPT', then: 'Settings, Connectors: delete this connector, then create it anew.' },
  {
    when: 'Claude (web, desktop, phone)',
    then: 'Settings, Connectors: remove this connector, then add it again.'
  },
  {
    when: 'Claude Code',
    then:
      'Run "claude mcp logout NAME" and sign in again; if that does not help, ' +
      '"claude mcp remove NAME" and "claude mcp add ..." as before.'
  },
  {
    when: 'Cursor',
    then: 'Settings, MCP: log out of this server or remove it, then connect it again.'
  },
  {
    when: 'VS Code',
    then:
      'Accounts menu, Manage Trusted MCP Servers, or "MCP: List Servers": ' +
      'choose this server and Disconnect Account, then start it.'
  },
  {
    when: 'Another app',
    then: 'Remove this service in the app, with everything saved for it, and add it again.'
  },
  {
    when: 'If you run this service',
    then: `See which apps are registered with: ${commandName} client list`
  }
]

/** Pages of refusals, by what was wrong. `plugins/error-handler/page-fault.ts` makes them. */
export const faults = {
  signedOut: { title: 'You are signed out', text: 'Sign in and try again.', link: 'Sign in' },
  outdatedForm: {
    title: 'This form is out of date',
    text: 'It was made for another sign-in. Open the page again and repeat what you did.',
    link: 'Your account'
  },
  foreignForm: {
    title: 'This form came from another site',
    text: 'For your safety it was not accepted. Open the page here and try again.'
  },
  unreadableForm: {
    title: 'This form cannot be read',
    text: 'The form contains bytes that are not UTF-8 text.',
    advice: 'Go back, reload the page and fill in the form again.'
  },
  outdatedLink: { title: 'This link is out of date', text: 'Open the page again.' },
  noProvider: { title: 'Not found', text: 'No provider is set up.' },
  usedSetupLink: {
    title: 'This set-up link is no longer valid',
    text: 'The link works once and expires after 24 hours.',
    advice:
      'If there is no account yet, restart the server: it prints a fresh link. If an account' +
      ' exists already, sign in with it.',
    steps: [
      {
        when: 'To create an administrator from the command line, in the folder of the server',
        then: `${commandName} user create --email you@example.org --role admin`
      }
    ],
    link: 'Sign in'
  },
  outdatedConsent: {
    title: 'This form is no longer valid',
    text: 'It was open for too long, or was not made here. Go back to the app and connect again.',
    link: 'Enter another code'
  },
  accountChanged: {
    title: 'Account changed',
    text:
      'You are now signed in as {email}, or signed in anew since this page was opened. ' +
      'Nothing was approved.',
    link: 'Look at the request again'
  },
  permissionNotOffered: {
    title: 'Invalid choice',
    text: 'The form has a permission that was not offered.'
  },
  unknownClient: {
    title: 'Invalid client_id',
    text:
      'The app that sent you here is not registered with this service, or no longer. ' +
      'Registrations end when they are not used for a long time. Your memories are safe.',
    advice:
      'Trying again does not help: the app keeps its old registration until you make it ' +
      'forget it.',
    steps: reconnectSteps
  },
  disabledClient: {
    title: 'Invalid client_id',
    text: 'An administrator of this service disabled the app that sent you here.',
    advice:
      'If you are the administrator, enable it with: ' +
      `${commandName} client update CLIENT_ID --enable`
  },
  clientDocument: {
    title: 'Client metadata unavailable',
    text: 'The app describes itself in a document that cannot be used.',
    advice:
      'Try again in a few minutes. If the problem remains, the maker of the app must fix the ' +
      'document, or an administrator can register the app by hand.'
  },
  decisionGone: {
    title: 'This page is gone',
    text: 'Look at the device: it says whether it is connected.',
    link: 'Your account'
  },
  usedCode: {
    title: 'This code was used already',
    text: 'Each code works once. If the device still waits, let it show a new one.',
    link: 'Enter another code'
  },
  expiredCode: {
    title: 'This code has expired',
    text: 'It works for 15 minutes. Let the device show a new one.',
    link: 'Enter another code'
  },
  appNotAllowed: {
    title: 'This app is not allowed here',
    text: 'The app is disabled, or may get nothing of what it asks for.'
  },
  repeatedParameter: {
    title: 'Invalid request',
    text: 'The app sent the same part of its request more than once.'
  },
  clientIdMissing: {
    title: 'Invalid request',
    text: 'The app did not say who it is: client_id is missing.',
    advice:
      'This address is for apps that connect to your memory. ' +
      'Start from the app: add this service there as a connector.'
  },
  redirectUriMissing: {
    title: 'Invalid request',
    text: 'The app did not say where to send you back: redirect_uri is missing.'
  },
  unknownRedirectUri: {
    title: 'Unknown redirect address',
    text:
      'The app wants you sent back to an address that is not registered for it, ' +
      'so nothing was sent there.',
    advice: 'If you trust this app, an administrator can add the address to its registration.'
  }
} satisfies Record<string, Fault>

/** What is wrong with what a person typed. */
export const typed = {
  unreadable: 'Some of the text could not be read. Type it again.',
  longName: (most: number) => `The name may have up to ${most} characters.`,
  wrongPassword: 'The current password is not right, so nothing was changed.',
  waitSeconds: (count: number) =>
    `Too many attempts. Wait ${countOf(count, 'second', 'seconds')}, and try again.`,
  password: {
    short: 'The password needs at least 8 characters.',
    long: 'The password may have up to 1024 characters.',
    common:
      'This password is too common, or too easy to guess from your name or email address.' +
      ' Use a longer phrase, such as four random words.'
  },
  email: {
    empty: 'Enter a full email address, such as ada@example.org.',
    long: 'The email address is longer than 254 characters.',
    wrong: 'Enter a full email address, such as ada@example.org.'
  }
}

/** Refusals of any page, by HTTP status. English pages say more, in the words of the refusal. */
export const statuses: Record<
  '400' | '404' | '405' | '413' | '415' | '421' | '429' | '500' | '503',
  { title: string; text: string }
> = {
  400: { title: 'Bad request', text: 'The request cannot be understood.' },
  404: { title: 'Not found', text: 'There is nothing at this address.' },
  405: { title: 'Method not allowed', text: 'This address takes no such request.' },
  413: { title: 'Too much was sent', text: 'Send less at once.' },
  415: { title: 'Unsupported kind of body', text: 'Use the form of the page.' },
  421: { title: 'Unknown host', text: 'This server does not answer under this name.' },
  429: { title: 'Too many requests', text: 'Wait a moment, then try again.' },
  500: { title: 'This did not work', text: 'Something went wrong on our side.' },
  503: { title: 'One moment', text: 'The server is not ready. Try again in a moment.' }
}
