import { listToolCalls } from '../../db/audit/tool-calls.ts'
import type { DataContext } from '../context.ts'
import { resolveTimeWords, type ZonedSpan } from '../memory/when.ts'

export interface RecentCallsRequest {
  /** Calls of tools that are in any of these groups. */
  groups: string[]
  tool?: string | undefined
  /** Time words, such as "last week". */
  when?: string | undefined
  timezone?: string | undefined
  limit: number
}

/** The last tool calls of a person, newest first, and the span that was read. Throws ToolError. */
export async function listRecentCalls(
  { db, principal: { user_id: userId } }: DataContext,
  { groups, tool, when, timezone, limit }: RecentCallsRequest
): Promise<{ calls: Awaited<ReturnType<typeof listToolCalls>>; span: ZonedSpan | undefined }> {
  const span = await resolveTimeWords(db, userId, 'when', when, timezone)
  const calls = await listToolCalls(db, userId, {
    groups,
    tool,
    from: span?.from,
    until: span?.until,
    limit
  })
  return { calls, span }
}
