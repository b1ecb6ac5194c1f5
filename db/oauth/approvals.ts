import { randomUUID } from 'node:crypto'
import { type Insertable, type RawBuilder, sql } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from '../connection/audit-entry.ts'
import type { Db } from '../connection/connect.ts'
import { prepared, type Slots } from '../connection/prepared.ts'
import { secretDigest } from '../../lib/secrets.ts'
import type { OauthAuthorizationCodesTable, OauthGrantsTable } from '../schema/index.ts'

type Grant = Insertable<OauthGrantsTable>
type Code = Insertable<OauthAuthorizationCodesTable>

export interface NewApproval {
  grant: Pick<Grant, 'user_id' | 'client_id' | 'resource' | 'scope' | 'offered_scope'> & {
    redirect_origin: string
    client_metadata_hash: string
    /** When the person decided, if that was before; now otherwise. */
    consented_at: Date | undefined
  }
  /** In plain text. */
  code: string
  codeRow: Pick<
    Code,
    'redirect_uri' | 'redirect_uri_given' | 'code_challenge' | 'code_challenge_method' | 'dpop_jkt'
  >
  /** The pushed request that this answers, if there is one. */
  requestUri: string | undefined
  entry: NewAuditLog
}

const shared = ['user_id', 'client_id', 'resource', 'scope'] as const
const ofGrant = [
  'grant_id',
  ...shared,
  'redirect_origin',
  'client_metadata_hash',
  'offered_scope'
] as const
const ofCode = [
  'code_hash',
  'redirect_uri',
  'redirect_uri_given',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt'
] as const

type Stored = Pick<
  Grant,
  (typeof shared)[number] | 'offered_scope' | 'redirect_origin' | 'client_metadata_hash'
> &
  Pick<Code, (typeof ofCode)[number]> & {
    grant_id: string
    consented_at: Date | null
    request_uri_hash: string | null
    noted: string
  }

/** A client whose use was noted within the last minute is not written again. */
const isDue = sql<boolean>`(last_used_at is null or last_used_at < now() - interval '1 minute')`

const store = prepared('store_approval', (db, of: Slots<Stored>) =>
  db
    .with('touched', (cte) =>
      cte
        .updateTable('oauth_clients')
        .set({ last_used_at: sql`now()` })
        .where('client_id', '=', of.client_id)
        .where(isDue)
    )
    .with('spent', (cte) =>
      cte
        .updateTable('oauth_pushed_authorization_requests')
        .set({ used_at: sql`now()` })
        .where('request_uri_hash', '=', of.request_uri_hash as RawBuilder<string>)
        .where('used_at', 'is', null)
        .returning('request_uri_hash')
    )
    .with('granted', (cte) =>
      cte
        .insertInto('oauth_grants')
        .columns([...ofGrant, 'consented_at'])
        .expression(
          db
            .selectNoFrom([
              ...ofGrant.map((name) => sql`${of[name]}`.as(name)),
              sql`coalesce(${of.consented_at}::timestamptz, now())`.as('consented_at')
            ])
            .where(sql<boolean>`${of.request_uri_hash}::text is null or exists (select from spent)`)
        )
        .returning([...shared, 'grant_id'])
    )
    .with('noted', (cte) =>
      cte.insertInto('audit_logs').columns(auditColumns).expression(auditRows(of.noted, 'granted'))
    )
    .insertInto('oauth_authorization_codes')
    .columns(['grant_id', ...shared, ...ofCode, 'expires_at'])
    .expression(({ selectFrom }) =>
      selectFrom('granted').select([
        'grant_id',
        ...shared,
        ...ofCode.map((name) => sql`${of[name]}`.as(name)),
        sql`now() + interval '10 minutes'`.as('expires_at')
      ])
    )
    .returning('grant_id')
)

/**
 * Stores a grant and its code for ten minutes (RFC 6749 §4.1.2), notes both in the audit log, and
 * uses the pushed request up: all or nothing. False when the pushed request was used already.
 * Throws on a code that is there already (unique violation), and on a client or user that is gone
 * (foreign key violation).
 */
export async function storeApproval(
  db: Db,
  { grant, code, codeRow, requestUri, entry }: NewApproval
): Promise<boolean> {
  const grantId = randomUUID()
  const rows = await store(db, {
    ...grant,
    ...codeRow,
    grant_id: grantId,
    offered_scope: grant.offered_scope ?? null,
    consented_at: grant.consented_at ?? null,
    code_hash: secretDigest(code),
    request_uri_hash: requestUri === undefined ? null : secretDigest(requestUri),
    noted: auditJson([{ ...entry, grant_id: grantId }])
  })
  return rows.length > 0
}
