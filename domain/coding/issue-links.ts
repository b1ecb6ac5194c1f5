import {
  deleteIssueLink,
  findNamelessLink,
  listIssueLinks,
  upsertIssueLink
} from '../../db/coding/issue-links.ts'
import type { CallContext } from '../context.ts'
import { removeMemory } from '../memory/write.ts'
import { issueName } from './evidence-lines.ts'
import { fetchIssue, type KnownIssue, type IssueInput, parseIssue } from './issues.ts'
import {
  recordInSession,
  requireActiveSession,
  type SessionRecording,
  storeRecordMemory
} from './record.ts'

/** An issue that a session is linked to. */
export interface LinkedIssue {
  session_id: string
  /** Such as `owner/name#12`. */
  issue: string
  title: string
  /** Why GitHub did not answer. */
  note?: string
}

/**
 * Links the active session to an issue. Without a repository it takes that of the project's last
 * linked issue. Throws ToolError when no session is active, or the issue is not understood.
 */
export async function linkIssue(
  context: CallContext,
  { project_id: projectId, ...input }: IssueInput & { project_id: string }
): Promise<LinkedIssue> {
  const { user_id: userId, source } = context.principal
  const sentIssue = parseIssue(input)
  await requireActiveSession(context.db, userId, projectId) // before GitHub is asked
  const [lastLink] = await listIssueLinks(context.db, userId, projectId, { limit: 1 })
  const repository = sentIssue.repository || lastLink?.repository || ''
  const { issue, problem } = await fetchIssue({ ...sentIssue, repository }, context)
  const linkedName = issueName(issue)
  return recordInSession(context, projectId, async (recording) => {
    const { trx, session, at } = recording
    const { labels, assignees, ...issueColumns } = issue
    await removeNamelessLink(recording, issue)
    const memoryId = await storeRecordMemory(recording, {
      key: `${session.session_id}/issue ${linkedName.slice(-200)}`,
      value: linkText(projectId, issue),
      type: 'coding_issue',
      importance: 0.5,
      tags: labels,
      relation: 'addresses'
    })
    await upsertIssueLink(trx, userId, {
      ...issueColumns,
      project_id: projectId,
      session_id: session.session_id,
      issue_key: linkedName,
      labels: JSON.stringify(labels),
      assignees: JSON.stringify(assignees),
      memory_id: memoryId,
      source: JSON.stringify(source),
      created_at: at
    })
    return {
      session_id: session.session_id,
      issue: linkedName,
      title: issue.title,
      ...(problem && { note: problem.message })
    }
  })
}

/** Removes the session's link to the same issue from before its repository was known. */
async function removeNamelessLink(
  { trx, writer, session }: SessionRecording,
  issue: KnownIssue
): Promise<void> {
  if (issue.repository === '') return
  const memoryId = await findNamelessLink(trx, writer.user_id, session, issue.issue_number)
  if (!memoryId) return
  // The memory first, as when a link is written: the locks are always taken in this order.
  await removeMemory(trx, writer, { memory_id: memoryId })
  await deleteIssueLink(trx, writer.user_id, session, memoryId)
}

function linkText(projectId: string, issue: KnownIssue): string {
  const titleText = issue.title && `: ${issue.title}`
  return [
    `Session on ${projectId} works on issue ${issueName(issue)}${titleText}`,
    ...(issue.labels.length > 0 ? [`Labels: ${issue.labels.join(', ')}`] : []),
    ...(issue.body ? ['', issue.body] : [])
  ].join('\n')
}
