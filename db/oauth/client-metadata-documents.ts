import { sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'

/** A stored client metadata document, with the ETag of its last response. */
export interface StoredDocument {
  document: Record<string, unknown>
  etag: string | null
  fresh: boolean
}

/**
 * The stored copy of a document; undefined if there is none. `fresh`: it may be used without
 * fetching it again.
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

/** Replaces the stored copy, fresh for `seconds`. The client must exist (foreign key). */
export async function replaceMetadataDocument(
  trx: Trx,
  clientId: string,
  {
    document,
    etag,
    seconds
  }: { document: Record<string, unknown>; etag: string | null; seconds: number }
): Promise<void> {
  const documentRow = {
    document: JSON.stringify(document),
    etag,
    fetched_at: sql<Date>`now()`,
    fresh_until: sql<Date>`now() + make_interval(secs => ${seconds})`
  }
  await trx
    .insertInto('oauth_client_metadata_documents')
    .values({ client_id: clientId, ...documentRow })
    .onConflict((conflict) => conflict.column('client_id').doUpdateSet(documentRow))
    .execute()
}

/**
 * Extends the freshness of the stored copy by `seconds` from now: the publisher answered that it is
 * unchanged, or cannot be reached.
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
