import type { ReasonExplanation } from './explanation.ts'
import { commandName } from '../command-name.ts'

/** Reasons of the MCP endpoint. */
export const mcpReasons: Record<string, ReasonExplanation> = {
  insufficient_scope: {
    why: 'The app called a tool outside its grant. The answer named the scope it needs.',
    fix: 'Connect the app again and tick the permission that the tool needs.'
  },
  malformed_authorization: {
    why: 'The Authorization header does not have the form "Bearer TOKEN".',
    fix:
      'Correct the header in the settings of the client. Look for quotes, line breaks and ' +
      'unreplaced variables.'
  },
  no_credential: {
    why:
      'The request has no token and no key. The first request of an OAuth client looks like ' +
      'this.',
    fix: 'Give the client an API key, or sign in with it.'
  },
  not_an_api_key: {
    why: 'An access token was sent to the address for API keys.',
    fix: 'Use the MCP URL /api/v1/mcp/sse for OAuth.'
  },
  token_audience: {
    why: 'The access token was issued for another resource.',
    fix: 'Connect the app again with this MCP URL, and check that PUBLIC_URL has not changed.'
  },
  token_disabled: {
    why: 'An administrator disabled the account or the app.',
    fix:
      `Enable it again: ${commandName} user enable EMAIL, ` +
      `or ${commandName} client update ID --enable.`
  },
  token_expired: {
    why: 'The access token or API key has expired.',
    fix: 'An app refreshes its token by itself. Create a new API key if the key has expired.'
  },
  token_revoked: {
    why: 'The access token or API key was revoked.',
    fix: 'Connect the app again, or create a new API key.'
  },
  token_unknown: {
    why: 'The access token or API key is unknown here.',
    fix: 'Compare it with the original. An API key begins with kagura_ and has 50 characters.'
  },
  two_credentials: {
    why: 'The request has two credentials.',
    fix: 'Send one: Authorization or x-api-key.'
  }
}
