import { type Expression, type QueryCreator, type RawBuilder, sql } from 'kysely'
import { auditColumns, auditRows } from './audit-entry.ts'
import type { Slots } from './prepared.ts'
import { digest, newSecret } from './secrets.ts'
import type { Database } from './tables/index.ts'

export const ACCESS_TOKEN_PREFIX = 'kga_'
export const REFRESH_TOKEN_PREFIX = 'kgr_'

/** Plaintext: it is here and nowhere else. */
export interface TokenPair { access_token: string, refresh_token?: string }

/** What a pair is good for. Without a refresh token when `refresh_days` is null. */
export interface NewTokens { grant_id: string, client_id: string, user_id: string, scope: string, resource: string, expires_in: number, refresh_days: number | null }

/** What is stored of a pair, and what is noted of it (`auditJson`). */
export interface StoredPair extends NewTokens, Record<string, unknown> { access_token_hash: string, refresh_token_hash: string | null, noted: string }

export function newTokenPair (refreshDays: number | null): TokenPair {
  return { access_token: newSecret(ACCESS_TOKEN_PREFIX), ...(refreshDays !== null && { refresh_token: newSecret(REFRESH_TOKEN_PREFIX) }) }
}

export function hashesOf ({ access_token: access, refresh_token: refresh }: TokenPair): Pick<StoredPair, 'access_token_hash' | 'refresh_token_hash'> {
  return { access_token_hash: digest(access), refresh_token_hash: refresh === undefined ? null : digest(refresh) }
}

function refreshEnd (days: Expression<number | null>): RawBuilder<Date | null> {
  return sql`now() + make_interval(days => ${days})`
}

/**
 * The end of a statement whose `spent` spends something: when it has a row, the pair is stored and noted. So two callers never both get one,
 * and none is issued without its row in the audit log.
 */
export function insertIfSpent (query: QueryCreator<Database & { spent: object }>, of: Slots<StoredPair>) {
  const columns = ['grant_id', 'client_id', 'user_id', 'scope', 'resource', 'expires_in', 'access_token_hash', 'refresh_token_hash'] as const
  return query.with('noted', (cte) => cte.insertInto('audit_logs').columns(auditColumns).expression(auditRows(of.noted, 'spent')))
    .insertInto('oauth_tokens').columns([...columns, 'refresh_expires_at'])
    .expression((from) => from.selectFrom('spent').select([...columns.map((name) => (of[name] as RawBuilder<string>).as(name)), refreshEnd(of.refresh_days).as('refresh_expires_at')]))
    .returning('token_id')
}
