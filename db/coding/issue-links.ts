import { type Insertable, type Selectable, sql } from 'kysely'
import { hasMemories, isRecordOf, type RecordSelection } from './conditions.ts'
import type { Db, Trx } from '../connection/connect.ts'
import type { CodingIssueLinksTable } from '../schema/index.ts'

export type IssueLink = Selectable<CodingIssueLinksTable>
export type NewIssueLink = Required<Omit<Insertable<CodingIssueLinksTable>, 'user_id'>>
type SessionReference = Pick<IssueLink, 'project_id' | 'session_id'>

/** Links to one issue over all projects. */
const MAX_LINKS = 100

/** Links a session to an issue. A second call updates what is stored of the issue. */
export async function upsertIssueLink(trx: Trx, userId: string, link: NewIssueLink): Promise<void> {
  const {
    project_id: _projectId,
    session_id: _sessionId,
    issue_key: _issueKey,
    created_at: _createdAt,
    ...issueColumns
  } = link
  await trx
    .insertInto('coding_issue_links')
    .values({ user_id: userId, ...link })
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'project_id', 'session_id', 'issue_key'])
        .doUpdateSet(issueColumns)
    )
    .execute()
}

/**
 * Returns the memory of a session's link to the issue with this number and no repository, or
 * undefined. Such a link stores only the number.
 */
export async function findNamelessLink(
  trx: Trx,
  userId: string,
  session: SessionReference,
  number: number
): Promise<string | undefined> {
  const issueLink = await trx
    .selectFrom('coding_issue_links')
    .select('memory_id')
    .where('user_id', '=', userId)
    .where('project_id', '=', session.project_id)
    .where('session_id', '=', session.session_id)
    .where('issue_key', '=', `#${number}`)
    .executeTakeFirst()
  return issueLink?.memory_id
}

/** Deletes the session's link that has this memory. */
export async function deleteIssueLink(
  trx: Trx,
  userId: string,
  session: SessionReference,
  memoryId: string
): Promise<void> {
  await trx
    .deleteFrom('coding_issue_links')
    .where('user_id', '=', userId)
    .where('project_id', '=', session.project_id)
    .where('session_id', '=', session.session_id)
    .where('memory_id', '=', memoryId)
    .execute()
}

/** Lists the issues of a project, or of one of its sessions, newest link first; bodies are cut. */
export function listIssueLinks(
  db: Db,
  userId: string,
  projectId: string,
  { sessionId, limit }: RecordSelection
): Promise<IssueLink[]> {
  return db
    .selectFrom('coding_issue_links')
    .selectAll('coding_issue_links')
    .select(sql<string>`left(body, 500)`.as('body'))
    .where(isRecordOf('coding_issue_links', { userId, projectId, sessionId }))
    .orderBy('created_at', 'desc')
    .orderBy('issue_key')
    .limit(limit)
    .execute()
}

/**
 * Lists the links to issues with this number in the user's projects, newest first (index
 * coding_issue_links_number). A link without a repository matches every repository.
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
    .where(hasMemories('coding_issue_links'))
    .$if(repository !== undefined, (query) => query.where('repository', 'in', [repository!, '']))
    .$if(projectId !== undefined, (query) => query.where('project_id', '=', projectId!))
    .orderBy('created_at', 'desc')
    .orderBy('issue_key')
    .limit(MAX_LINKS)
    .execute()
}
