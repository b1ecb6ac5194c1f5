import { NOTHING_TO_DO, type ReasonExplanation } from './explanation.ts'

/** Reasons of sign-in and of pages, and of limits. */
export const signInReasons: Record<string, ReasonExplanation> = {
  address_limit: {
    why: 'One address sent more requests in a minute than RATE_LIMIT_PER_ADDRESS allows.',
    fix: 'If it is your proxy, name it in TRUST_PROXY; if many people share the address, raise RATE_LIMIT_PER_ADDRESS.'
  },
  disabled_user: {
    why: 'A disabled person tried to sign in, with the right password.',
    fix: 'If they should get in: npx kagura user enable EMAIL.'
  },
  setup_link: { why: 'The first administrator was made by the set-up link.', fix: NOTHING_TO_DO },
  setup_link_invalid: {
    why: 'The set-up link was used already, or is older than 24 hours.',
    fix: 'Restart the server for a fresh one, or make an account: npx kagura user create --email EMAIL --role admin.'
  },
  throttled: {
    why: 'There were too many wrong attempts, so this one was not even tried.',
    fix: 'Wait as long as the page says; if it was not you, somebody is guessing.'
  },
  unknown_host: {
    why: 'The request came under a Host name that this server does not answer to.',
    fix: 'Set PUBLIC_URL to the address that clients use, or add the name to ALLOWED_HOSTS; the proxy must pass Host on.'
  },
  unknown_user: {
    why: 'Nobody has an account with that email address.',
    fix: 'Look it up with npx kagura user list, or make the account: npx kagura user create --email EMAIL.'
  },
  wrong_password: {
    why: 'The password was wrong.',
    fix: 'Try again, or let an administrator set a new one: npx kagura user reset-password EMAIL.'
  },
  you_are_signed_out: {
    why: 'A form was sent after the sign-in had ended.',
    fix: 'Sign in and send it again.'
  },
  this_form_is_out_of_date: {
    why: 'A form was sent that had been made for another sign-in.',
    fix: 'Open the page again and repeat what you did.'
  }
}
