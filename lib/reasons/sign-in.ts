import { NOTHING_TO_DO, type ReasonExplanation } from './explanation.ts'
import { commandName } from '../command-name.ts'

/** Reasons of sign-in, pages and limits. */
export const signInReasons: Record<string, ReasonExplanation> = {
  address_limit: {
    why: 'One address sent more requests in a minute than RATE_LIMIT_PER_ADDRESS allows.',
    fix:
      'If it is your proxy, add it to TRUST_PROXY. If many people share the address, raise ' +
      'RATE_LIMIT_PER_ADDRESS.'
  },
  disabled_user: {
    why: 'A disabled user tried to sign in with the right password.',
    fix: `To allow it: ${commandName} user enable EMAIL.`
  },
  invitation: { why: 'An invitation link created the account.', fix: NOTHING_TO_DO },
  account_link_invalid: {
    why: 'The link was used already, was revoked, or has expired.',
    fix: 'An administrator can make a new one on the page People.'
  },
  setup_link: { why: 'The set-up link created the first administrator.', fix: NOTHING_TO_DO },
  setup_link_invalid: {
    why: 'The set-up link was already used, or is older than 24 hours.',
    fix:
      'Restart the server for a new link, or create an account: ' +
      `${commandName} user create --email EMAIL --role admin.`
  },
  app_not_found: {
    why: 'The person has no app and no key with this id.',
    fix: 'Open it from the page Apps & keys.'
  },
  call_not_found: {
    why: 'The tool call is not in the history of this person: it is old or was forgotten.',
    fix: 'Open a call from the page Activity.'
  },
  days_invalid: { why: 'The form named no age of calls.', fix: 'Choose an age on the page.' },
  unknown_person: {
    why: 'No account has this id.',
    fix: 'Open the account from the page People.'
  },
  unknown_project: {
    why: 'The person has no coding project or session with this name.',
    fix: 'Open it from the page Projects.'
  },
  throttled: {
    why: 'Too many attempts failed, so the server did not check this one.',
    fix: 'Wait for the time on the page. If it was not you, someone is guessing the password.'
  },
  unknown_host: {
    why: 'The Host header of the request is not a name of this server.',
    fix:
      'Set PUBLIC_URL to the address that clients use, or add the name to ALLOWED_HOSTS. The ' +
      'proxy must forward Host.'
  },
  unknown_user: {
    why: 'No account has that email address.',
    fix:
      `Look it up with ${commandName} user list, ` +
      `or create it: ${commandName} user create --email EMAIL.`
  },
  wrong_password: {
    why: 'The password was wrong.',
    fix:
      'Try again, or ask an administrator for a new one: ' +
      `${commandName} user reset-password EMAIL.`
  },
  you_are_signed_out: {
    why: 'The sign-in had ended when the form was sent.',
    fix: 'Sign in and send it again.'
  },
  this_form_is_out_of_date: {
    why: 'The form belongs to another sign-in.',
    fix: 'Open the page again and repeat the action.'
  },
  this_form_cannot_be_read: {
    why: 'The form had bytes that are not UTF-8 text.',
    fix: 'Reload the page and fill in the form again.'
  },
  provider_not_set_up: {
    why: 'A browser opened the sign-in at a provider, and none is set up.',
    fix: 'Set OIDC_ISSUER and the settings beside it, or use another way to sign in.'
  }
}
