import { type Selectable, sql } from 'kysely'
import type { Db } from '../connection/connect.ts'
import type { GithubTokensTable } from '../schema/index.ts'

export type GithubToken = Selectable<GithubTokensTable>

/** Stores the encrypted token in place of the one before. */
export async function storeGithubToken(
  db: Db,
  userId: string,
  token: { token_sealed: string; token_end: string }
): Promise<void> {
  const fresh = { ...token, created_at: sql<Date>`now()`, last_used_at: null }
  await db
    .insertInto('github_tokens')
    .values({ user_id: userId, ...fresh })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(fresh))
    .execute()
}

export function findGithubToken(db: Db, userId: string): Promise<GithubToken | undefined> {
  return db.selectFrom('github_tokens').selectAll().where('user_id', '=', userId).executeTakeFirst()
}

/** Notes a use, at most once a minute. */
export async function noteGithubTokenUse(db: Db, userId: string): Promise<void> {
  await db
    .updateTable('github_tokens')
    .set({ last_used_at: sql<Date>`now()` })
    .where('user_id', '=', userId)
    .where(sql<boolean>`(last_used_at is null or last_used_at < now() - interval '1 minute')`)
    .execute()
}

/** false when there was none. */
export async function deleteGithubToken(db: Db, userId: string): Promise<boolean> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('github_tokens')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return deleted > 0n
}
