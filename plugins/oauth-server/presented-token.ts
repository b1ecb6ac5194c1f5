import { OAuthError } from '../../lib/errors.ts'
import type { Parameters } from '../form-parameters.ts'

/** The token that a client revokes or asks about. Throws OAuthError when it is missing. */
export function requirePresentedToken(form: Parameters): string {
  const presentedToken = form.get('token')
  if (presentedToken !== undefined) return presentedToken
  throw new OAuthError('invalid_request', 'token is missing.', { reason: 'token_missing' })
}
