import { CONNECT_AGAIN, APP_FAULT, SHOW_CLIENT, type ReasonExplanation } from './explanation.ts'
import { commandName } from '../command-name.ts'

/** Reasons of the authorization endpoint and the consent page. */
export const authorizationReasons: Record<string, ReasonExplanation> = {
  access_denied: {
    why: 'The person denied the request, or ticked no box.',
    fix: 'If that was a mistake, connect the app again and approve it.'
  },
  account_changed: {
    why: 'Another account was signed in when the form was sent, so nothing was approved.',
    fix: 'Sign in with the right account, and start again from the app.'
  },
  client_disabled: {
    why: 'An administrator has disabled this app.',
    fix: `To allow it again: ${commandName} client update ID --enable.`
  },
  client_id_missing: {
    why: 'The request has no client_id.',
    fix:
      'Enter the client ID in the settings of the app. Start from the app, not from this ' +
      'address.'
  },
  client_without_scope: {
    why: 'The registration of the app covers none of the requested scopes.',
    fix: `Extend its registration: ${commandName} client update ID --scope "mcp:tools".`
  },
  consent_form_invalid: {
    why: 'The consent form has expired, or was signed with another SERVER_SECRET.',
    fix: 'Connect the app again. If this happens at once, give all nodes the same SERVER_SECRET.'
  },
  consent_required: {
    why: 'The app asked for an answer without a page (prompt=none), but a person has to decide.',
    fix: 'Connect the app without prompt=none.'
  },
  cross_site_form: {
    why: 'The browser reported a form from another site, so the server refused it.',
    fix:
      'Open the page on this server and try again. If it was here, check that the proxy ' +
      'keeps Host.'
  },
  foreign_origin: {
    why: 'A web page from an origin that is not allowed called the MCP endpoint or the REST tools.',
    fix: 'If you trust that page, add its origin to ALLOWED_ORIGINS.'
  },
  invalid_request: {
    why: 'A parameter is missing, malformed or repeated; the details name it.',
    fix: APP_FAULT
  },
  invalid_scope: {
    why: 'The requested scope cannot be granted, or it exceeds the earlier grant.',
    fix:
      `Compare the requested scope with the registration (${commandName} client show ID), then ` +
      'connect the app again.'
  },
  invalid_target: {
    why: 'The requested resource is not the MCP URL of this server.',
    fix: 'Give the app the MCP URL from the page Connect, and check PUBLIC_URL.'
  },
  memory_not_found: {
    why: 'The memory does not belong to the account that is signed in.',
    fix: 'Sign in with the account of the assistant that gave the address.'
  },
  login_required: {
    why: 'The app asked for an answer without a page (prompt=none), but no one was signed in.',
    fix: 'Sign in here first, or connect the app without prompt=none.'
  },
  redirect_uri_mismatch: {
    why:
      'The redirect address is not registered for the app, or differs from the ' +
      'authorization request.',
    fix:
      `If you trust the app, add the address: ${commandName} client update ID --redirect-uri ` +
      'ADDRESS.'
  },
  redirect_uri_missing: {
    why: 'The request has no redirect address, and the app has not exactly one registered.',
    fix: SHOW_CLIENT
  },
  request_not_supported: {
    why: 'The app sent a signed request object. This server does not support them.',
    fix: 'Turn request objects off in the app.'
  },
  request_uri_of_another_client: {
    why: 'Another app pushed the request that this app refers to.',
    fix: APP_FAULT
  },
  request_uri_unknown: {
    why: 'The pushed request is unknown or was deleted.',
    fix: CONNECT_AGAIN
  },
  request_uri_not_supported: {
    why: 'This server did not issue the request_uri.',
    fix: 'Turn pushed or signed requests off in the app.'
  },
  scope_not_offered: {
    why: 'The consent form came back with a permission that the server had not offered.',
    fix: 'Start again from the app. The server never accepts a changed form.'
  },
  unauthorized_client: {
    why: 'The app is not registered for the grant type that it used.',
    fix: SHOW_CLIENT
  },
  unknown_client: {
    why: 'No app with this client ID is registered here.',
    fix:
      `Remove the connector in the app and add it again, or compare the ID: ${commandName} ` +
      'client list.'
  },
  unsupported_response_type: {
    why: 'The app asked for a response type other than code.',
    fix: 'Set the app to the authorization code flow.'
  }
}
