import { PageError } from '../../../lib/errors.ts'

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
  }
]

/**
 * The page for an app whose client_id is not registered, or no longer: apps keep their first
 * client_id for ever.
 */
export function unknownClientPage(clientId: string): PageError {
  return new PageError(
    400,
    'Invalid client_id',
    'The app that sent you here is not registered with this service, or no longer. ' +
      'Registrations end when they are not used for a long time. Your memories are safe.',
    {
      reason: 'unknown_client',
      advice:
        'Trying again does not help: the app keeps its old registration until you make it ' +
        'forget it.',
      steps: [
        ...reconnectSteps,
        {
          when: 'If you run this service',
          then: 'See which apps are registered with: npx kagura client list'
        }
      ],
      received: [['client_id', clientId]]
    }
  )
}

export function disabledClientPage(clientId: string): PageError {
  return new PageError(
    400,
    'Invalid client_id',
    'An administrator of this service disabled the app that sent you here.',
    {
      reason: 'client_disabled',
      advice:
        'If you are the administrator, enable it with: npx kagura client update CLIENT_ID --enable',
      received: [['client_id', clientId]]
    }
  )
}
