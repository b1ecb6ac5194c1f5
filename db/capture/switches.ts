import type { Db } from '../connection/connect.ts'
import type { CaptureSwitchesTable } from '../schema/index.ts'

type SwitchKind = CaptureSwitchesTable['kind']

/** What the person chose for an app or a project; undefined if nothing. */
export async function findCaptureSwitch(
  db: Db,
  userId: string,
  kind: SwitchKind,
  name: string
): Promise<boolean | undefined> {
  const row = await db
    .selectFrom('capture_switches')
    .select('enabled')
    .where('user_id', '=', userId)
    .where('kind', '=', kind)
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.enabled
}

/** Turns the capture of an app or a project on or off. */
export async function putCaptureSwitch(
  db: Db,
  userId: string,
  kind: SwitchKind,
  name: string,
  enabled: boolean
): Promise<void> {
  await db
    .insertInto('capture_switches')
    .values({ user_id: userId, kind, name, enabled })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'kind', 'name']).doUpdateSet({ enabled })
    )
    .execute()
}
