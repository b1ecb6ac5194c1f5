import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client'
import { PageError } from '../../lib/errors.ts'
import type { Texts } from '../../views/texts/index.ts'
import { FetchRefusedError } from '../guarded-fetch/index.ts'

/** The sign-in at the provider failed. `reason` is a slug of the audit log. */
export class ProviderError extends Error {
  override name = 'ProviderError'
  readonly reason: string
  readonly user_id: string | undefined
  constructor(reason: string, more: { cause?: unknown; user_id?: string | undefined } = {}) {
    super(`The sign-in at the provider failed: ${reason}.`, { cause: more.cause })
    this.reason = reason
    this.user_id = more.user_id
  }
}

/** The reason why the library refused the provider's answer. It tells most faults by texts only. */
export function providerFault(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error
  if (error instanceof AuthorizationResponseError) {
    return new ProviderError('oidc_denied', { cause: error })
  }
  const messages = messagesOf(error)
  if (/response parameter "iss"|"iss" \(issuer\)/.test(messages)) {
    return new ProviderError('oidc_wrong_issuer', { cause: error })
  }
  if (/"state" response parameter/.test(messages)) {
    return new ProviderError('oidc_wrong_state', { cause: error })
  }
  if (/"nonce"/.test(messages)) return new ProviderError('oidc_wrong_nonce', { cause: error })
  if (/auth_time|authentication time/.test(messages)) {
    return new ProviderError('oidc_old_sign_in', { cause: error })
  }
  if (error instanceof ResponseBodyError) {
    return new ProviderError('oidc_token_refused', { cause: error })
  }
  const isUnreachable =
    causesOf(error).some((cause) => cause instanceof FetchRefusedError) ||
    (error instanceof ClientError && error.code === 'OAUTH_TIMEOUT')
  return new ProviderError(isUnreachable ? 'oidc_unreachable' : 'oidc_wrong_answer', {
    cause: error
  })
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let cause = error; cause !== undefined && causes.length < 5;) {
    causes.push(cause)
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return causes
}

function messagesOf(error: unknown): string {
  return causesOf(error)
    .map((cause) => (cause instanceof Error ? cause.message : ''))
    .join('\n')
}

/** The page for a person whose sign-in at the provider failed. */
export function providerFaultPage(
  { signIn }: Texts,
  provider: string,
  { reason, user_id }: ProviderError
): PageError {
  const faultTexts: Record<string, string> = {
    oidc_denied: signIn.providerDenied(provider),
    oidc_unreachable: signIn.providerAway(provider),
    oidc_old_sign_in: signIn.providerOld(provider),
    oidc_email_unverified: signIn.providerUnverified(provider),
    oidc_no_email: signIn.providerNoEmail(provider),
    oidc_email_denied: signIn.emailDenied,
    oidc_subject_changed: signIn.subjectChanged(provider),
    oidc_no_account: signIn.noAccount,
    oidc_identity_taken: signIn.identityTaken(provider),
    oidc_another_account: signIn.anotherIdentity(provider),
    disabled_user: signIn.disabled
  }
  const text = faultTexts[reason] ?? signIn.providerWrong(provider)
  const link = { href: '/login', text: signIn.title }
  return new PageError(reason === 'oidc_unreachable' ? 502 : 403, signIn.providerTitle, text, {
    reason,
    link,
    user_id
  })
}
