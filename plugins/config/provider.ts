import {
  booleanSetting,
  commaSeparated,
  patternSetting,
  textSetting,
  urlSetting
} from './setting.ts'

/** Settings of an OpenID Connect provider that people may sign in with. */
export const providerSettings = {
  OIDC_ISSUER: urlSetting(
    '^(https://[^/@?#\\s]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:\\d+)?)(/[^?#\\s]*)?$',
    'an https address like https://accounts.google.com',
    'OpenID Connect provider that people may sign in with, besides their password. It may have ' +
      'a private address.'
  ),
  OIDC_CLIENT_ID: textSetting('Id of this server at the provider. OIDC_ISSUER needs it.'),
  OIDC_CLIENT_SECRET: textSetting('Secret of this server at the provider, if it has one.'),
  OIDC_NAME: textSetting('Name of the provider on the sign-in page.', 'single sign-on'),
  OIDC_ALLOWED_EMAILS: patternSetting(
    commaSeparated('[^\\s@,]+@[^\\s@,]+'),
    'email addresses, like ada@example.org,bob@example.org',
    'Email addresses that may sign in with the provider, comma-separated. Without these and ' +
      'OIDC_ALLOWED_DOMAINS: everybody who has an account here.'
  ),
  OIDC_ALLOWED_DOMAINS: patternSetting(
    commaSeparated('\\*|[\\w\\-]+(\\.[\\w\\-]+)+'),
    'domains, like example.org,example.com, or * for all',
    'Domains whose email addresses may sign in with the provider, comma-separated; * for all.'
  ),
  OIDC_SIGN_UP: booleanSetting(
    false,
    'Make an account for everybody who signs in with the provider and may. Needs ' +
      'OIDC_ALLOWED_EMAILS or OIDC_ALLOWED_DOMAINS.'
  ),
  OIDC_LINK_BY_EMAIL: booleanSetting(
    false,
    'Let a person of the provider into the account with the same email address without its ' +
      'password. Set it only for a provider of your own.'
  )
}
