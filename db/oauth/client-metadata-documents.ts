import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

export interface StoredDocument {
  document: Record<string, unknown>
  etag: string | null
  fresh: boolean
}

/**
 * The stored copy of a document, and whether it may be used without asking its publisher; undefined
 * when there is none.
 */
export function findMetadataDocument(
  db: Db,
  clientId: string
): Promise<StoredDocument | undefined> {
  return db
    .selectFrom('oauth_client_metadata_documents')
    .select(['document', 'etag', sql<boolean>`fresh_until > now()`.as('fresh')])
    .where('client_id', '=', clientId)
    .executeTakeFirst()
}

/**
 * Puts the document in place of the former copy, fresh for `seconds`. Its client is there already.
 */
export async function replaceMetadataDocument(
  trx: Trx,
  clientId: string,
  {
    document,
    etag,
    seconds
  }: { document: Record<string, unknown>; etag: string | null; seconds: number }
): Promise<void> {
  const row = {
    document: JSON.stringify(document),
    etag,
    fetched_at: sql<Date>`now()`,
    fresh_until: sql<Date>`now() + make_interval(secs => ${seconds})`
  }
  await trx
    .insertInto('oauth_client_metadata_documents')
    .values({ client_id: clientId, ...row })
    .onConflict((conflict) => conflict.column('client_id').doUpdateSet(row))
    .execute()
}

/**
 * The stored copy may be used for `seconds` more: its publisher said that it is unchanged, or
 * cannot be reached.
 */
export async function prolongMetadataDocument(
  db: Db,
  clientId: string,
  seconds: number
): Promise<void> {
  await db
    .updateTable('oauth_client_metadata_documents')
    .set({ fresh_until: sql<Date>`now() + make_interval(secs => ${seconds})` })
    .where('client_id', '=', clientId)
    .execute()
}
