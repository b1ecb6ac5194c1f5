import {
  type CallFilter,
  clearToolCalls,
  countCallsOfApps,
  deleteToolCalls
} from '../../db/audit/tool-calls.ts'
import { countMemoriesOfApps } from '../../db/memory/written-by-app.ts'
import type { DataContext } from '../context.ts'
import { DAY_MS } from '../time/zone.ts'
import type { App } from './app.ts'

/** Days of calls that are counted, and where counts stop. */
export const COUNTED_DAYS = 30
export const MAX_ACTIVITY = 1000

export interface AppActivity {
  /** Calls in the last 30 days, and memories as they are now; MAX_ACTIVITY is that many or more. */
  calls: number
  memories: number
}

/** What each app did: source_id -> numbers. */
export async function countActivity(
  { db, principal: { user_id: userId } }: DataContext,
  apps: Array<Pick<App, 'source_id'>>
): Promise<Map<string, AppActivity>> {
  const ids = apps.map(({ source_id: id }) => id)
  if (ids.length === 0) return new Map()
  const since = new Date(Date.now() - COUNTED_DAYS * DAY_MS)
  const [calls, memories] = await Promise.all([
    countCallsOfApps(db, userId, ids, { since, limit: MAX_ACTIVITY }),
    countMemoriesOfApps(db, userId, ids, MAX_ACTIVITY)
  ])
  return new Map(
    ids.map((id) => [id, { calls: calls.get(id) ?? 0, memories: memories.get(id) ?? 0 }])
  )
}

/** Forgets all calls of a person, or those of an app and those before a time; returns how many. */
export function forgetCalls(
  { db, principal: { user_id: userId } }: DataContext,
  filter: Pick<CallFilter, 'app_id' | 'until'>
): Promise<number> {
  const isAll = filter.app_id === undefined && filter.until === undefined
  return db
    .transaction()
    .execute((trx) => (isAll ? clearToolCalls(trx, userId) : deleteToolCalls(trx, userId, filter)))
}
