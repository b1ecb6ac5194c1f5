import { countOf } from '../translated.ts'

/** Registered apps (OAuth clients), for administrators. */
export const clients = {
  title: 'Clients',
  intro:
    'The apps that may ask people for access. Most apps register themselves when a person ' +
    'connects them.',
  register: 'Register an app',
  registerIntro: 'Only for apps that cannot register themselves. ChatGPT and Claude can.',
  searchLabel: 'Name or ID',
  empty: 'No app is registered yet. Apps appear here when a person connects them.',
  noMatch: 'No app has this name or ID.',
  registrations: {
    operator: 'by an administrator',
    dynamic: 'self-registered',
    metadata_document: 'by its web page'
  },
  disabled: 'disabled',
  enabled: 'enabled',
  lastUsed: 'Last used',
  neverUsed: 'never used',
  clientId: 'Client ID',
  registered: (name: string) => `${name} is registered.`,
  registeredAt: 'Registered',
  connections: 'Connections',
  showEvents: 'Show events of this app',
  redirectUris: 'Redirect URIs',
  urisHint: 'One on each line: where people return after sign-in.',
  scopes: 'The widest access the app can get',
  authMethod: 'How the app proves who it is',
  authMethods: {
    client_secret_post: 'a secret in the form',
    client_secret_basic: 'a secret in the header',
    none: 'no secret, PKCE only'
  } as Record<string, string>,
  templates: { chatgpt: 'ChatGPT', claude: 'Claude', custom: 'Another app' },
  secret: 'Client secret',
  secretText: 'A new secret is shown once. The old one can work on for a while.',
  formerUntil: 'The former secret works until',
  overlap: 'The old secret works',
  overlaps: {
    s0: 'no longer',
    s3600: 'for one hour',
    s86400: 'for one day',
    s604800: 'for one week'
  },
  rotate: 'Make a new secret',
  rotated: (works: boolean) =>
    works ? 'The new secret works, and the old one for a while.' : 'Only the new secret works.',
  noSecret: 'This app has no secret.',
  access: 'Access',
  disable: 'Disable',
  enable: 'Enable',
  disableText: 'A disabled app and all its tokens are refused from the next request on.',
  enableText: 'Enabling lets the app and its connections work again.',
  isDisabled: 'The app is disabled.',
  isEnabled: 'The app works again.',
  saved: 'Saved. It holds from the next request on.',
  describedElsewhere:
    'This app describes itself on its own web page, and is read from there again. Change it there.',
  deleteTitle: (name: string) => `Delete the app ${name}?`,
  deleteGrants: (count: number) =>
    `${countOf(count, 'connection', 'connections')} will end at once.`,
  deleteStay: 'Everything that it saved stays. Nobody can undo the deletion.',
  deleted: (name: string, grants: number) =>
    `Deleted ${name} with ${countOf(grants, 'connection', 'connections')}.`,
  nameFault: 'Give the app a name of up to 200 characters.',
  uriMissing: 'Give at least one redirect URI.',
  tooManyUris: 'An app may have up to 20 redirect URIs.',
  uriFault: (uri: string, fault: string) => `${uri}: ${fault}.`,
  scopeMissing: 'Select at least one scope.',
  authMethodMissing: 'Choose how the app proves who it is.',
  unknown: 'No such app',
  unknownText: 'There is no app with this id.'
}
