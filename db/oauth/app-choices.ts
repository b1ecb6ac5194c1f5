import type { Db } from '../connection/connect.ts'
import type { ToolList } from '../schema/index.ts'

export interface AppChoice {
  /** What the person calls the app; null is its own name. */
  name: string | null
  /** Which tools the app lists; null is the list for its scope and name. */
  tool_list: ToolList | null
}

/** What the person chose for an app; undefined if nothing. */
export function findAppChoice(
  db: Db,
  userId: string,
  clientId: string
): Promise<AppChoice | undefined> {
  return db
    .selectFrom('app_choices')
    .select(['name', 'tool_list'])
    .where('user_id', '=', userId)
    .where('client_id', '=', clientId)
    .executeTakeFirst()
}

/** Stores the given part of what the person chose for an app. The client must exist. */
export async function putAppChoice(
  db: Db,
  userId: string,
  clientId: string,
  choice: Partial<AppChoice>
): Promise<void> {
  await db
    .insertInto('app_choices')
    .values({ user_id: userId, client_id: clientId, ...choice })
    .onConflict((conflict) => conflict.columns(['user_id', 'client_id']).doUpdateSet(choice))
    .execute()
}
