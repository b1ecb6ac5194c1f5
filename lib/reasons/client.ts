import { APP_FAULT, DOCUMENT_FAULT, SHOW_CLIENT, type ReasonExplanation } from './explanation.ts'

/** Reasons that concern who asks: the proof of a client, and the document that describes it. */
export const clientReasons: Record<string, ReasonExplanation> = {
  // The token endpoint: who asks
  client_secret_missing: {
    why: 'The app is registered with a secret and sent none.',
    fix: 'Enter the secret in the app, or make it a public client: npx kagura client update ID --auth-method none.'
  },
  client_secret_wrong: {
    why: 'The client secret is not the one that is registered, or no longer.',
    fix: 'Make a new one with npx kagura client rotate-secret ID, and enter it in the app.'
  },
  invalid_client: {
    why: 'The app could not prove who it is.',
    fix: 'Enter its client ID and secret anew, as they are registered here.'
  },
  malformed_basic: {
    why: 'The Basic credentials of the app cannot be read.',
    fix: 'Let the app send base64 of ID:SECRET, or client_secret_post.'
  },
  secret_from_public_client: {
    why: 'The app is registered without a secret and sent one.',
    fix: 'Remove the secret in the app, or give it one: npx kagura client update ID --auth-method client_secret_post.'
  },
  two_client_authentications: {
    why: 'The app sent its secret twice, in the header and in the body.',
    fix: 'Set one method in the app: client_secret_post or client_secret_basic.'
  },
  two_client_ids: {
    why: 'The client ID in the body is another than the one in the header.',
    fix: APP_FAULT
  },
  wrong_authorization_scheme: {
    why: 'The Authorization header at the token endpoint was not Basic.',
    fix: 'Set the token auth method in the app to client_secret_post or client_secret_basic.'
  },

  assertion_claim_wrong: {
    why: 'The signed assertion of the app names another app or server, lacks exp or jti, or is good for more than an hour.',
    fix: APP_FAULT
  },
  assertion_expired: {
    why: 'The signed assertion of the app had expired.',
    fix: 'Check that the clocks of the app and of this server are right.'
  },
  assertion_not_registered: {
    why: 'The app sent a signed assertion but is not registered for private_key_jwt.',
    fix: SHOW_CLIENT
  },
  assertion_signature_wrong: {
    why: 'The assertion of the app is not signed by a key that it is registered with, or cannot be read.',
    fix: 'If the app has new keys, wait ten minutes and try again; otherwise compare its jwks with: npx kagura client show ID.'
  },
  assertion_type_wrong: {
    why: 'The app sent an assertion of another type than a JWT.',
    fix: APP_FAULT
  },
  assertion_used: {
    why: 'The signed assertion of the app was used before; each is good once.',
    fix: APP_FAULT
  },
  client_assertion_missing: {
    why: 'The app is registered with a key and sent no signed assertion.',
    fix: 'Set the app to private_key_jwt, or give it a secret: npx kagura client update ID --auth-method client_secret_post.'
  },
  client_keys_unavailable: {
    why: 'The public keys of the app could not be fetched from its jwks_uri.',
    fix: 'Try again in a minute; if it stays so, the maker of the app has to mend that address.'
  },
  client_without_keys: {
    why: 'The app is registered for private_key_jwt but has no keys.',
    fix: SHOW_CLIENT
  },

  // A client that is described by a document at its client_id
  document_fetches_busy: {
    why: 'Too many such documents were being fetched at that moment.',
    fix: 'Try again in a minute.'
  },
  document_not_found: {
    why: 'The address of the document answered with another status than 200.',
    fix: DOCUMENT_FAULT
  },
  document_not_json: {
    why: 'The document is not JSON, or is not sent as application/json.',
    fix: DOCUMENT_FAULT
  },
  document_of_another_client: {
    why: 'The document names another client_id than its own address.',
    fix: DOCUMENT_FAULT
  },
  document_refused: {
    why: 'Something that the document says cannot be accepted; the page said what.',
    fix: DOCUMENT_FAULT
  },
  document_unreachable: {
    why: 'The document could not be fetched: its host is not public, does not answer in time, or sends too much.',
    fix: 'Try again in a few minutes. If this server may not reach the internet, set CLIENT_ID_METADATA_DOCUMENTS=false, and apps register themselves.'
  },
  document_with_secret: {
    why: 'The document contains a client secret, which everybody can read.',
    fix: DOCUMENT_FAULT
  }
}
