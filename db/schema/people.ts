import type { Generated } from 'kysely'
import type { Language } from '../../lib/language.ts'
import type { AccessLimitColumns } from './access-limits.ts'
import type { ToolList } from './oauth.ts'
import type {
  JsonColumn,
  NullableColumn,
  NullableTimeColumn,
  DefaultNowColumn,
  TimeColumn
} from './columns.ts'

export type Role = 'admin' | 'user' | 'read_only'

export interface UsersTable {
  user_id: Generated<string>
  email: string
  name: Generated<string>
  role: Generated<Role>
  password_hash: NullableColumn<string>
  disabled_at: NullableTimeColumn
  created_at: DefaultNowColumn
  updated_at: DefaultNowColumn
  last_login_at: NullableTimeColumn
  /** Tool calls up to this time are deleted, including those that are not written yet. */
  tool_calls_cleared_at: NullableTimeColumn
  /** The IANA time zone for words such as "yesterday"; null means UTC. */
  timezone: NullableColumn<string>
  /** The language of the pages; null means what the browser asks for. */
  language: NullableColumn<Language>
}

export interface SessionsTable {
  session_hash: string
  user_id: string
  created_at: DefaultNowColumn
  last_seen_at: DefaultNowColumn
  expires_at: TimeColumn
  ip_address: NullableColumn<string>
  user_agent: NullableColumn<string>
  /** When the person last proved who they are: at sign-in, or before a sensitive change. */
  authenticated_at: DefaultNowColumn
}

/** A person's passkeys. `backed_up`: the passkey is copied to the person's other devices. */
export interface PasskeysTable {
  user_id: string
  /** base64url, as in WebAuthn's JSON. */
  credential_id: string
  /** The COSE key as base64url. */
  public_key: string
  counter: number
  transports: string[]
  name: string
  backed_up: boolean
  created_at: DefaultNowColumn
  last_used_at: NullableTimeColumn
}

/** The encrypted secret of a person's authenticator app. */
export interface TotpSecretsTable {
  user_id: string
  secret_sealed: string
  /** The time step of the last used code: a code works once (RFC 6238 §5.2). */
  last_step: number
  created_at: DefaultNowColumn
}

/** The recovery codes that are left. */
export interface RecoveryCodesTable {
  user_id: string
  code_hash: string
  created_at: DefaultNowColumn
}

/** A person's account at an OpenID Connect provider. */
export interface ExternalIdentitiesTable {
  user_id: string
  issuer: string
  subject: string
  /** The email address that the provider gave last. */
  email: string
  created_at: DefaultNowColumn
  last_used_at: NullableTimeColumn
}

/** Challenges, states and pending sign-ins that were used, until they expire. */
export interface ConsumedChallengesTable {
  challenge_hash: string
  expires_at: TimeColumn
}

/** One-time links: invitations, and new passwords. */
export interface AccountLinksTable {
  token_hash: string
  link_id: Generated<string>
  kind: 'invitation' | 'password_reset'
  /** The account of a new password; null for an invitation. */
  user_id: NullableColumn<string>
  /** The address and the role of an invitation. */
  email: NullableColumn<string>
  role: NullableColumn<Role>
  created_at: DefaultNowColumn
  expires_at: TimeColumn
}

export interface SetupLinksTable {
  token_hash: string
  created_at: DefaultNowColumn
  expires_at: TimeColumn
}

/** An encrypted notice that the next page shows once; one for each session and place. */
export interface PageNoticesTable {
  session_hash: string
  place: string
  content_sealed: string
  created_at: DefaultNowColumn
}

/** Attempts to guess a secret, counted for each subject. */
export interface AttemptsTable {
  subject_hash: string
  attempts: number
  last_attempt_at: DefaultNowColumn
}

export interface ApiKeysTable extends AccessLimitColumns {
  key_id: Generated<string>
  key_hash: string
  key_prefix: string
  name: string
  user_id: string
  scope: Generated<string>
  created_at: DefaultNowColumn
  last_used_at: NullableTimeColumn
  revoked_at: NullableTimeColumn
  expires_at: NullableTimeColumn
  tool_list: NullableColumn<ToolList>
}

/** A user's encrypted token for GitHub; `token_end` holds its last four characters. */
export interface GithubTokensTable {
  user_id: string
  token_sealed: string
  token_end: string
  created_at: DefaultNowColumn
  last_used_at: NullableTimeColumn
}

export interface AuditLogsTable {
  id: Generated<number>
  created_at: DefaultNowColumn
  action: string
  user_id: NullableColumn<string>
  client_id: NullableColumn<string>
  grant_id: NullableColumn<string>
  reason: NullableColumn<string>
  ip_address: NullableColumn<string>
  user_agent: NullableColumn<string>
  request_id: NullableColumn<string>
  details: JsonColumn<Record<string, unknown>>
}
