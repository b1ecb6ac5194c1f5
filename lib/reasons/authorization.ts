import { CONNECT_AGAIN, APP_FAULT, SHOW_CLIENT, type ReasonExplanation } from './explanation.ts'

/** Reasons of the authorization endpoint and the consent page. */
export const authorizationReasons: Record<string, ReasonExplanation> = {
  access_denied: {
    why: 'The person at the screen said no, or ticked no box.',
    fix: 'If that was a mistake, connect the app again and approve.'
  },
  account_changed: {
    why: 'The form was made for another sign-in than the one it came from, so nothing was approved.',
    fix: 'Open the request again from the app while signed in as the right person.'
  },
  client_disabled: {
    why: 'An administrator has disabled this app.',
    fix: 'If it should work, enable it: npx kagura client update ID --enable.'
  },
  client_id_missing: {
    why: 'The app did not say who it is: client_id is missing.',
    fix: 'Enter the client ID in the settings of the app, and begin from the app, not from this address.'
  },
  client_without_scope: {
    why: 'The app is registered for none of what it asked for.',
    fix: 'Widen its registration: npx kagura client update ID --scope "mcp:tools".'
  },
  consent_form_invalid: {
    why: 'The consent form lay open for too long, or was not made here with the present SERVER_SECRET.',
    fix: 'Connect the app again; if it happens at once, check that all nodes have the same SERVER_SECRET.'
  },
  consent_required: {
    why: 'The app asked for an answer without showing a page (prompt=none), and a person has to decide.',
    fix: 'Connect the app in the ordinary way, without prompt=none.'
  },
  cross_site_form: {
    why: 'The browser said that a form came from another site, so it was not accepted.',
    fix: 'Open the page here and try again; if it was here, check that the proxy passes Host on unchanged.'
  },
  foreign_origin: {
    why: 'A web page of an origin that is not allowed used the MCP endpoint, or the tools over REST.',
    fix: 'If you trust that page, add its origin to ALLOWED_ORIGINS.'
  },
  invalid_request: {
    why: 'The request lacks a parameter, or has one that is malformed or comes twice; the details say which.',
    fix: APP_FAULT
  },
  invalid_scope: {
    why: 'Nothing of the requested scope can be granted, or more was asked for than before.',
    fix: 'Compare what the app asks for with its registration (npx kagura client show ID), and connect it again.'
  },
  invalid_target: {
    why: 'The request names another resource than the MCP URL of this server.',
    fix: 'Give the app the MCP URL exactly as the account page shows it, and check PUBLIC_URL.'
  },
  memory_not_found: {
    why: 'The address of a memory was opened that is not in the account that is signed in.',
    fix: 'Sign in with the account whose assistant gave the address.'
  },
  login_required: {
    why: 'The app asked for an answer without showing a page (prompt=none), and nobody was signed in.',
    fix: 'Sign in here first, or connect the app in the ordinary way.'
  },
  redirect_uri_mismatch: {
    why: 'The redirect address is not one that is registered for the app, or not the one of the authorization request.',
    fix: 'If you trust the app, allow the address: npx kagura client update ID --redirect-uri ADDRESS.'
  },
  redirect_uri_missing: {
    why: 'The app did not say where to send the person back to, and not exactly one address is registered.',
    fix: SHOW_CLIENT
  },
  request_not_supported: {
    why: 'The app sent its request as a signed object, which is not supported.',
    fix: 'Turn request objects off in the app.'
  },
  request_uri_of_another_client: {
    why: 'The pushed request that the app named was pushed by another app.',
    fix: APP_FAULT
  },
  request_uri_unknown: {
    why: 'The pushed request that the app named is not known here, or was cleared away.',
    fix: CONNECT_AGAIN
  },
  request_uri_not_supported: {
    why: 'The app sent a request_uri that this server did not give out.',
    fix: 'Turn pushed or signed requests off in the app.'
  },
  scope_not_offered: {
    why: 'The consent form came back with a permission that was not on it.',
    fix: 'Open the request again from the app; a form that is changed on the way is never accepted.'
  },
  unauthorized_client: {
    why: 'The app is not registered for the kind of grant that it asked for.',
    fix: SHOW_CLIENT
  },
  unknown_client: {
    why: 'No app is registered here under that client ID.',
    fix: 'Remove the connector in the app and add it again, or compare the ID with: npx kagura client list.'
  },
  unsupported_response_type: {
    why: 'The app asked for another kind of answer than a code.',
    fix: 'Set the app to the authorization code flow.'
  }
}
