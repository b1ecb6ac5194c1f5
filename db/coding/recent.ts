import type { Db } from '../connection/connect.ts'

/**
 * The coding sessions that began last, of one project or of the project that was worked on last;
 * newest first.
 */
export async function listRecentCodingSessions(
  db: Db,
  userId: string,
  { project, limit }: { project?: string | undefined; limit: number }
) {
  const sessions = db
    .selectFrom('coding_sessions')
    .select(['project_id', 'description', 'summary', 'success', 'started_at', 'ended_at'])
    .where('user_id', '=', userId)
    .orderBy('started_at', 'desc')
  const of = project ?? (await sessions.limit(1).executeTakeFirst())?.project_id
  return of === undefined ? [] : sessions.where('project_id', '=', of).limit(limit).execute()
}
