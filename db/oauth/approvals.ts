import { randomUUID } from 'node:crypto'
import { type Insertable, type RawBuilder, sql } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from '../connection/audit-entry.ts'
import { isUseDue } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'
import { secretDigest } from '../../lib/secrets.ts'
import {
  type AccessLimits,
  accessLimitColumns,
  type OauthAuthorizationCodesTable,
  type OauthGrantsTable
} from '../schema/index.ts'

type NewGrant = Insertable<OauthGrantsTable>
type NewCode = Insertable<OauthAuthorizationCodesTable>

export interface NewApproval {
  grant: Pick<NewGrant, 'user_id' | 'client_id' | 'resource' | 'scope' | 'offered_scope'> &
    AccessLimits & {
      redirect_origin: string
      client_metadata_hash: string
      /** When the user decided, if that was earlier; otherwise now. */
      consented_at: Date | undefined
    }
  /** Plaintext; only its hash is stored. */
  code: string
  codeRow: Pick<
    NewCode,
    'redirect_uri' | 'redirect_uri_given' | 'code_challenge' | 'code_challenge_method' | 'dpop_jkt'
  >
  /** The pushed authorization request that this approval answers, if there is one. */
  requestUri: string | undefined
  entry: NewAuditLog
}

const sharedColumns = ['user_id', 'client_id', 'resource', 'scope'] as const
const grantColumns = [
  'grant_id',
  ...sharedColumns,
  'redirect_origin',
  'client_metadata_hash',
  'offered_scope',
  'ip_address',
  'user_agent'
] as const
const codeColumns = [
  'code_hash',
  'redirect_uri',
  'redirect_uri_given',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt'
] as const

type StoredApproval = Pick<
  NewGrant,
  | (typeof sharedColumns)[number]
  | 'offered_scope'
  | 'redirect_origin'
  | 'client_metadata_hash'
  | 'ip_address'
  | 'user_agent'
> &
  Pick<NewCode, (typeof codeColumns)[number]> &
  Pick<AccessLimits, keyof AccessLimits> & {
    grant_id: string
    consented_at: Date | null
    request_uri_hash: string | null
    noted: string
  }

const insertApprovalRows = prepareStatement('store_approval', (db, slots: Slots<StoredApproval>) =>
  db
    .with('touched', () => touchClient(db, slots))
    .with('consumed', (cte) =>
      cte
        .updateTable('oauth_pushed_authorization_requests')
        .set({ used_at: sql`now()` })
        .where('request_uri_hash', '=', slots.request_uri_hash as RawBuilder<string>)
        .where('used_at', 'is', null)
        .returning('request_uri_hash')
    )
    .with('granted', (cte) =>
      cte
        .insertInto('oauth_grants')
        .columns([...grantColumns, ...accessLimitColumns, 'consented_at'])
        .expression(
          db
            .selectNoFrom([
              ...grantColumns.map((name) => sql`${slots[name]}`.as(name)),
              ...typedLimits(slots),
              sql`coalesce(${slots.consented_at}::timestamptz, now())`.as('consented_at')
            ])
            .where(
              sql<boolean>`${slots.request_uri_hash}::text is null or exists (select from consumed)`
            )
        )
        .returning([...sharedColumns, 'grant_id'])
    )
    .with('noted', (cte) =>
      cte
        .insertInto('audit_logs')
        .columns(auditColumns)
        .expression(auditRows(slots.noted, 'granted'))
    )
    .insertInto('oauth_authorization_codes')
    .columns(['grant_id', ...sharedColumns, ...codeColumns, 'expires_at'])
    .expression(({ selectFrom }) =>
      selectFrom('granted').select([
        'grant_id',
        ...sharedColumns,
        ...codeColumns.map((name) => sql`${slots[name]}`.as(name)),
        sql`now() + interval '10 minutes'`.as('expires_at')
      ])
    )
    .returning('grant_id')
)

/** Characters of a User-Agent that a grant keeps. */
const MAX_USER_AGENT_LENGTH = 300

function touchClient(db: Db, slots: Slots<StoredApproval>) {
  return db
    .updateTable('oauth_clients')
    .set({ last_used_at: sql`now()` })
    .where('client_id', '=', slots.client_id)
    .where(isUseDue())
}

function typedLimits({ access, namespaces, beyond_namespaces, groups }: Slots<StoredApproval>) {
  return [
    access.as('access'),
    sql`${namespaces}::text[]`.as('namespaces'),
    sql`${beyond_namespaces}::boolean`.as('beyond_namespaces'),
    sql`${groups}::text[]`.as('groups')
  ]
}

/**
 * Inserts a grant and its code for ten minutes (RFC 6749 §4.1.2), writes the audit entry, and
 * consumes the pushed request: all or nothing. Returns false if the pushed request was already
 * used. Throws a unique violation if the code exists, and a foreign key violation if the client or
 * the user is gone.
 */
export async function insertApproval(
  db: Db,
  { grant, code, codeRow, requestUri, entry }: NewApproval
): Promise<boolean> {
  const grantId = randomUUID()
  const approvalRows = await insertApprovalRows(db, {
    ...grant,
    ...codeRow,
    grant_id: grantId,
    offered_scope: grant.offered_scope ?? null,
    ip_address: entry.ip_address ?? null,
    user_agent: entry.user_agent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null,
    consented_at: grant.consented_at ?? null,
    code_hash: secretDigest(code),
    request_uri_hash: requestUri === undefined ? null : secretDigest(requestUri),
    noted: auditJson([{ ...entry, grant_id: grantId }])
  })
  return approvalRows.length > 0
}
