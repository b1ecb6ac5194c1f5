import { PageError } from '../../../lib/errors.ts'

/** What makes each app forget the client_id that it keeps, and get another. */
const forgetting = [
  { when: 'ChatGPT', then: 'Settings, Connectors: delete this connector, then create it anew.' },
  {
    when: 'Claude (web, desktop, phone)',
    then: 'Settings, Connectors: remove this connector, then add it again.'
  },
  {
    when: 'Claude Code',
    then: 'Run "claude mcp logout NAME" and sign in again; if that does not help, "claude mcp remove NAME" and "claude mcp add ..." as before.'
  },
  {
    when: 'Cursor',
    then: 'Settings, MCP: log out of this server or remove it, then connect it again.'
  },
  {
    when: 'VS Code',
    then: 'Accounts menu, Manage Trusted MCP Servers, or "MCP: List Servers": choose this server and Disconnect Account, then start it.'
  },
  {
    when: 'Another app',
    then: 'Remove this service there, with what was saved for it, and add it again.'
  }
]

/**
 * The page for an app whose client_id is not, or no longer, known: apps keep the one they were once
 * given for ever.
 */
export function unknownClient(clientId: string): PageError {
  return new PageError(
    400,
    'Invalid client_id',
    'The app that sent you here is not registered with this service, or is no longer. That happens when it was not used for a long time. Your memories are not concerned.',
    {
      reason: 'unknown_client',
      advice:
        'Trying again does not help: the app keeps its old registration until it is told to forget it.',
      steps: [
        ...forgetting,
        {
          when: 'If you run this service',
          then: 'See which apps are registered with: npx kagura client list'
        }
      ],
      received: [['client_id', clientId]]
    }
  )
}

export function disabledClient(clientId: string): PageError {
  return new PageError(
    400,
    'Invalid client_id',
    'The app that sent you here has been disabled by whoever runs this service.',
    {
      reason: 'client_disabled',
      advice: 'If that is you, enable it with: npx kagura client update CLIENT_ID --enable',
      received: [['client_id', clientId]]
    }
  )
}
