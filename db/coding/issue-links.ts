import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingIssueLinksTable } from '../schema/index.ts'

export type IssueLink = Selectable<CodingIssueLinksTable>
export type NewIssueLink = Required<Omit<Insertable<CodingIssueLinksTable>, 'user_id'>>

/** While its memory is deleted, a link is not shown. */
const shown = sql<boolean>`exists (select from memories m where m.user_id = coding_issue_links.user_id and m.memory_id = coding_issue_links.memory_id)`

/** Links a session to an issue; a second time it takes what the issue is now. */
export async function upsertIssueLink(trx: Trx, userId: string, link: NewIssueLink): Promise<void> {
  const {
    project_id: _project,
    session_id: _session,
    issue_key: _key,
    created_at: _created,
    ...now
  } = link
  await trx
    .insertInto('coding_issue_links')
    .values({ user_id: userId, ...link })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'project_id', 'session_id', 'issue_key']).doUpdateSet(now)
    )
    .execute()
}

/**
 * The memory that holds a session's link to an issue of that number whose repository nobody has
 * said; undefined when there is no such link.
 */
export async function findNamelessLink(
  trx: Trx,
  userId: string,
  at: { project_id: string; session_id: string },
  number: number
): Promise<string | undefined> {
  const link = await trx
    .selectFrom('coding_issue_links')
    .select('memory_id')
    .where('user_id', '=', userId)
    .where('project_id', '=', at.project_id)
    .where('session_id', '=', at.session_id)
    .where('issue_key', '=', `#${number}`)
    .executeTakeFirst()
  return link?.memory_id
}

/** Takes out the session's link that this memory holds. */
export async function deleteIssueLink(
  trx: Trx,
  userId: string,
  at: { project_id: string; session_id: string },
  memoryId: string
): Promise<void> {
  await trx
    .deleteFrom('coding_issue_links')
    .where('user_id', '=', userId)
    .where('project_id', '=', at.project_id)
    .where('session_id', '=', at.session_id)
    .where('memory_id', '=', memoryId)
    .execute()
}

/** Of a project, or of one session of it, newest first; the beginnings of the issues' texts. */
export function listIssueLinks(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: { sessionId?: string | undefined; limit: number }
): Promise<IssueLink[]> {
  return db
    .selectFrom('coding_issue_links')
    .selectAll('coding_issue_links')
    .select(sql<string>`left(body, 500)`.as('body'))
    .where('user_id', '=', userId)
    .where('project_id', '=', projectId)
    .where(shown)
    .$if(sessionId !== undefined, (query) => query.where('session_id', '=', sessionId!))
    .orderBy('created_at', 'desc')
    .orderBy('issue_key')
    .limit(limit)
    .execute()
}

/**
 * The links to issues of that number in any project of the user, newest first (index
 * coding_issue_links_number).
 */
export function listLinksToIssue(
  db: Db,
  userId: string,
  {
    number,
    repository,
    projectId
  }: { number: number; repository?: string | undefined; projectId?: string | undefined }
): Promise<IssueLink[]> {
  return db
    .selectFrom('coding_issue_links')
    .selectAll()
    .where('user_id', '=', userId)
    .where('issue_number', '=', number)
    .where(shown)
    .$if(repository !== undefined, (query) => query.where('repository', 'in', [repository!, '']))
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId!))
    .orderBy('created_at', 'desc')
    .orderBy('issue_key')
    .limit(100)
    .execute()
}
