import type { ReasonExplanation } from './explanation.ts'

/** Reasons of the MCP endpoint. */
export const mcpReasons: Record<string, ReasonExplanation> = {
  insufficient_scope: {
    why: 'The app called a tool that was not granted to it, and was told which scope to ask for.',
    fix: 'Connect the app again and tick what the tool needs.'
  },
  malformed_authorization: {
    why: 'The Authorization header is not of the form "Bearer TOKEN".',
    fix: 'Correct the header in the settings of the client; look for quotes, line breaks and a variable that was not replaced.'
  },
  no_credential: {
    why: 'The request brought no token and no key, as the first request of an OAuth client does.',
    fix: 'Give the client an API key, or let it sign in.'
  },
  not_an_api_key: {
    why: 'The address for API keys was used with an access token.',
    fix: 'Use the MCP URL /api/v1/mcp/sse for OAuth.'
  },
  token_audience: {
    why: 'The access token was issued for another resource.',
    fix: 'Connect the app again with this MCP URL; check that PUBLIC_URL has not changed.'
  },
  token_disabled: {
    why: 'The account or the app was disabled by an administrator.',
    fix: 'Enable it again: npx kagura user enable EMAIL, or npx kagura client update ID --enable.'
  },
  token_expired: {
    why: 'The access token or API key has expired.',
    fix: 'An app refreshes by itself; make a new API key where it was a key.'
  },
  token_revoked: {
    why: 'The access token or API key was revoked.',
    fix: 'Connect the app again, or make a new API key.'
  },
  token_unknown: {
    why: 'The access token or API key is not known here.',
    fix: 'Compare it with the one that was made here; a key begins with kagura_ and has 50 characters.'
  },
  two_credentials: {
    why: 'The request brought two credentials.',
    fix: 'Send one: Authorization or x-api-key.'
  }
}
