import { Type } from 'typebox'
import {
  deleteIssueLink,
  findNamelessLink,
  listIssueLinks,
  upsertIssueLink
} from '../../db/coding/issue-links.ts'
import { removeMemory } from '../../domain/memory/write.ts'
import { tool } from '../tool.ts'
import { issueName } from '../../domain/coding/evidence.ts'
import { closed, Project } from '../../domain/coding/fields.ts'
import { issueArguments, lookedUp, meantIssue } from '../../domain/coding/issues.ts'
import { activeSession, recording, remember } from '../../domain/coding/record.ts'

export const linkGithubIssue = tool({
  name: 'coding_link_github_issue',
  title: 'Link a GitHub issue',
  description:
    'Notes that the active session works on a GitHub issue, with what you send of it, or what GitHub says if the person stored a token. Pull-request texts then close it.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true
  },
  input: Type.Object(
    {
      project_id: Project,
      issue_number: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'Or url.' })
      ),
      ...issueArguments
    },
    closed
  ),
  output: Type.Object(
    {
      session_id: Type.String(),
      issue: Type.String(),
      title: Type.String(),
      note: Type.Optional(Type.String())
    },
    closed
  ),
  async run({ project_id: project, ...sent }, context) {
    const {
      db,
      principal: { user_id: userId, source }
    } = context
    const meant = meantIssue(sent)
    await activeSession(db, userId, project)
    const [last] = await listIssueLinks(db, userId, project, { limit: 1 })
    const { issue, problem } = await lookedUp(
      { ...meant, repository: meant.repository || last?.repository || '' },
      context
    )
    return recording(context, project, async (record) => {
      const { trx, writer, session, at } = record
      const { labels, assignees, ...rest } = issue
      const name = issueName(issue)
      const nameless =
        issue.repository && (await findNamelessLink(trx, userId, session, issue.issue_number)) // the same issue, before its repository was known
      if (nameless) {
        // the memory first, as whoever writes the link does
        await removeMemory(trx, writer, { memory_id: nameless })
        await deleteIssueLink(trx, userId, session, nameless)
      }
      const value = [
        `Session on ${project} works on issue ${name}${issue.title && `: ${issue.title}`}`,
        ...(labels.length > 0 ? [`Labels: ${labels.join(', ')}`] : []),
        ...(issue.body ? ['', issue.body] : [])
      ].join('\n')
      const memoryId = await remember(record, {
        key: `${session.session_id}/issue ${name.slice(-200)}`,
        value,
        type: 'coding_issue',
        importance: 0.5,
        tags: labels,
        relation: 'addresses'
      })
      await upsertIssueLink(trx, userId, {
        ...rest,
        project_id: project,
        session_id: session.session_id,
        issue_key: name,
        labels: JSON.stringify(labels),
        assignees: JSON.stringify(assignees),
        memory_id: memoryId,
        source: JSON.stringify(source),
        created_at: at
      })
      return {
        session_id: session.session_id,
        issue: name,
        title: issue.title,
        ...(problem && { note: problem.message })
      }
    })
  },
  text: ({ session_id: id, issue, title, note = '' }) =>
    `✅ Session ${id} is linked to issue ${issue}${title && `: ${title}`}.${note && `\n${note}`}`
})
