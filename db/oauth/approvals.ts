import { randomUUID } from 'node:crypto'
import { type Insertable, type QueryCreator, sql } from 'kysely'
import { auditColumns, auditJson, auditRows, type NewAuditLog } from '../connection/audit-entry.ts'
import { coalesceCalls } from '../connection/batch.ts'
import { isUseDue } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import { prepareStatement, type Slots } from '../connection/prepared.ts'
import { secretDigest } from '../../lib/secrets.ts'
import {
  type AccessLimits,
  accessLimitColumns,
  type Database,
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
  'user_agent',
  ...accessLimitColumns
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
  AccessLimits & {
    grant_id: string
    /** null: now. */
    consented_at: Date | null
    request_uri_hash: string | null
    /** The audit entry (`auditJson`). */
    noted: string
  }

const inputColumns: Array<keyof StoredApproval> = [
  ...grantColumns,
  ...codeColumns,
  'consented_at',
  'request_uri_hash',
  'noted'
]

/** Types of the input columns that are not text. */
const inputTypes: Partial<Record<keyof StoredApproval, string>> = {
  redirect_uri_given: 'boolean',
  namespaces: 'text[]',
  beyond_namespaces: 'boolean',
  groups: 'text[]',
  consented_at: 'timestamptz'
}

const inputRecord = sql.join(
  inputColumns.map((name) => sql`${sql.ref(name)} ${sql.raw(inputTypes[name] ?? 'text')}`)
)

/** Stores one approval. It waits for locks, and consumes the pushed request. */
const storeWaiting = prepareStatement('store_approval', (db, slots: Slots<{ inputs: string }>) =>
  storeInputs(
    db
      .with('input', () => selectInputs(db, slots))
      .with('consumed', (cte) =>
        cte
          .updateTable('oauth_pushed_authorization_requests')
          .set({ used_at: sql`now()` })
          .where('request_uri_hash', '=', sql<string>`(select request_uri_hash from input)`)
          .where('used_at', 'is', null)
          .returning('request_uri_hash')
      )
      .with('usable', (cte) =>
        cte
          .selectFrom('input')
          .selectAll()
          .where(sql<boolean>`request_uri_hash is null or exists (select from consumed)`)
      )
  )
)

/** Stores approvals without a pushed request. It leaves out those whose client or user is locked. */
const storeAtOnce = prepareStatement(
  'store_approvals_at_once',
  (db, slots: Slots<{ inputs: string }>) =>
    storeInputs(
      db.with('usable', () =>
        selectInputs(db, slots).innerJoinLateral(
          db
            .selectFrom(['oauth_clients as c', 'users as u'])
            .select('c.client_id as free')
            .where('c.client_id', '=', sql.ref<string>('input.client_id'))
            .where('u.user_id', '=', sql.ref<string>('input.user_id'))
            .modifyEnd(sql`for key share skip locked`)
            .as('parents'),
          (join) => join.onTrue()
        )
      )
    )
)

function selectInputs(db: Db, slots: Slots<{ inputs: string }>) {
  return db
    .selectFrom(
      sql<StoredApproval>`jsonb_to_recordset(${slots.inputs}::jsonb)`.as<'input'>(
        sql`input (${inputRecord})`
      )
    )
    .selectAll('input')
}

/** Inserts grant, audit entry and code of each row of `usable`; returns the ids of the grants. */
function storeInputs(withUsable: QueryCreator<Database & { usable: StoredApproval }>) {
  return withUsable
    .with('touched', (cte) =>
      cte
        .updateTable('oauth_clients')
        .set({ last_used_at: sql`now()` })
        .where(
          'client_id',
          'in',
          cte
            .selectFrom('oauth_clients')
            .select('client_id')
            .where('client_id', 'in', cte.selectFrom('usable').select('client_id'))
            .where(isUseDue())
            .modifyEnd(sql`for no key update skip locked`)
        )
    )
    .with('granted', (cte) =>
      cte
        .insertInto('oauth_grants')
        .columns([...grantColumns, 'consented_at'])
        .expression(
          cte
            .selectFrom('usable')
            .select([...grantColumns, sql`coalesce(consented_at, now())`.as('consented_at')])
        )
    )
    .with('noted', (cte) =>
      cte
        .insertInto('audit_logs')
        .columns(auditColumns)
        .expression(auditRows(sql.ref('usable.noted'), 'usable'))
    )
    .insertInto('oauth_authorization_codes')
    .columns(['grant_id', ...sharedColumns, ...codeColumns, 'expires_at'])
    .expression((from) =>
      from
        .selectFrom('usable')
        .select([
          'grant_id',
          ...sharedColumns,
          ...codeColumns,
          sql`now() + interval '10 minutes'`.as('expires_at')
        ])
    )
    .returning('grant_id')
}

/** Concurrent approvals share a statement, as redemptions do (`token-pair.ts`). */
const storeApproval = coalesceCalls<StoredApproval, boolean>(
  async (db, approvals) => {
    const batchable = approvals.filter(({ request_uri_hash: uriHash }) => uriHash === null)
    const storedRows = await storeAtOnce(db, { inputs: JSON.stringify(batchable, inputColumns) })
    const storedIds = new Set(storedRows.map(({ grant_id: grantId }) => grantId))
    return new Map(
      batchable
        .filter(({ grant_id: grantId }) => storedIds.has(grantId))
        .map((approval) => [approval, true])
    )
  },
  async (db, approval) =>
    (await storeWaiting(db, { inputs: JSON.stringify([approval], inputColumns) })).length > 0
)

/** Characters of a User-Agent that a grant keeps. */
const MAX_USER_AGENT_LENGTH = 300

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
  return storeApproval(db, {
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
}
