import { type Selectable, sql } from 'kysely'
import { isUseDue } from '../connection/conditions.ts'
import type { Db } from '../connection/connect.ts'
import type { GithubTokensTable } from '../schema/index.ts'

export type GithubToken = Selectable<GithubTokensTable>

/** Stores the encrypted token in place of the previous one. */
export async function storeGithubToken(
  db: Db,
  userId: string,
  token: { token_sealed: string; token_end: string }
): Promise<void> {
  const tokenColumns = { ...token, created_at: sql<Date>`now()`, last_used_at: null }
  await db
    .insertInto('github_tokens')
    .values({ user_id: userId, ...tokenColumns })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(tokenColumns))
    .execute()
}

/** The encrypted token of this user; undefined if there is none. */
export function findGithubToken(db: Db, userId: string): Promise<GithubToken | undefined> {
  return db.selectFrom('github_tokens').selectAll().where('user_id', '=', userId).executeTakeFirst()
}

/** Records a use, at most once a minute. */
export async function noteGithubTokenUse(db: Db, userId: string): Promise<void> {
  await db
    .updateTable('github_tokens')
    .set({ last_used_at: sql<Date>`now()` })
    .where('user_id', '=', userId)
    .where(isUseDue())
    .execute()
}

/** Returns false if there was none. */
export async function deleteGithubToken(db: Db, userId: string): Promise<boolean> {
  const { numDeletedRows: deleted } = await db
    .deleteFrom('github_tokens')
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow()
  return deleted > 0n
}
