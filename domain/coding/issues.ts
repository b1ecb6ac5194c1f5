import { Type } from 'typebox'
import type { IssueLink } from '../../db/coding/issue-links.ts'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { clipped } from './fields.ts'

/** Characters of an issue's text that are kept, and that are shown. */
export const BODY_KEPT = 8000
const BODY_SHOWN = 500

/** What a client sends of an issue. */
export const issueArguments = {
  repository: Type.Optional(Type.String({ maxLength: 200, description: 'owner/name' })),
  title: Type.Optional(Type.String({ maxLength: 1000, description: 'Title.' })),
  url: Type.Optional(Type.String({ maxLength: 2000, description: 'Address.' })),
  body: Type.Optional(Type.String({ maxLength: 200_000, description: 'Text.' })),
  state: Type.Optional(Type.Enum(['open', 'closed'], { description: 'State.' })),
  labels: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), { maxItems: 50, description: 'Labels.' })
  ),
  assignees: Type.Optional(
    Type.Array(Type.String({ maxLength: 100 }), { maxItems: 20, description: 'Assignees.' })
  )
}

export interface SentIssue {
  issue_number?: number
  repository?: string
  title?: string
  url?: string
  body?: string
  state?: string
  labels?: string[]
  assignees?: string[]
}

/** An issue, as far as it is known. `repository` is empty when nobody said it. */
export type Issue = Pick<
  IssueLink,
  'issue_number' | 'repository' | 'title' | 'url' | 'state' | 'labels' | 'assignees' | 'body'
>

const issueUrl = /^https:\/\/[\w.-]+\/([\w.-]+\/[\w.-]+)\/(?:issues|pull)\/(\d{1,9})(?:[/?#]|$)/
const repositoryName = /^[\w.-]{1,100}\/[\w.-]{1,100}$/

/** The issue that a client means, by its number or address. Throws ToolError. */
export function meantIssue({
  issue_number: number,
  repository = '',
  url = '',
  title = '',
  body = '',
  state,
  labels = [],
  assignees = []
}: SentIssue): Issue {
  const [, ofUrl = '', numberOfUrl] = issueUrl.exec(url) ?? []
  const meant = number ?? (numberOfUrl === undefined ? undefined : Number(numberOfUrl))
  if (meant === undefined) {
    throw new ToolError(
      'Say which issue: issue_number, or url like https://github.com/owner/name/issues/12. This server does not see your git branch.'
    )
  }
  if (repository !== '' && !repositoryName.test(repository)) {
    throw new ToolError(
      `repository must be like owner/name, not "${clipped(repository, 100)}". Correct it and call again.`
    )
  }
  return {
    issue_number: meant,
    repository: repository || ofUrl,
    title: title.trim(),
    url: url || null,
    state: state ?? null,
    labels,
    assignees,
    body: clipped(body, BODY_KEPT)
  }
}

/**
 * The issue, with what GitHub says of it where the client said nothing and the person has stored a
 * token. `problem`: why GitHub says nothing.
 */
export async function lookedUp(
  issue: Issue,
  { github, principal, signal }: Pick<CallContext, 'github' | 'principal' | 'signal'>
): Promise<{ issue: Issue; problem?: ToolError }> {
  if (issue.repository === '' || issue.title || issue.body) return { issue }
  try {
    const found = await github.issue(
      principal.user_id,
      issue.repository,
      issue.issue_number,
      signal
    )
    return {
      issue: found
        ? { ...issue, ...found, url: found.url || issue.url, body: clipped(found.body, BODY_KEPT) }
        : issue
    }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    return { issue, problem: error }
  }
}

/** An issue as tools answer it. */
export function issueAnswer({
  issue_number: number,
  repository,
  title,
  url,
  state,
  labels,
  assignees,
  body
}: Issue) {
  return {
    issue_number: number,
    ...(repository && { repository }),
    ...(title && { title }),
    ...(url !== null && { url }),
    ...(state !== null && { state }),
    labels,
    assignees,
    ...(body && { body: clipped(body, BODY_SHOWN) })
  }
}

export function issueText({
  issue_number: number,
  repository = '',
  title,
  url,
  state,
  labels,
  assignees,
  body
}: ReturnType<typeof issueAnswer>): string {
  return [
    `# ${repository}#${number}${title === undefined ? '' : ` ${title}`}`,
    ...(url === undefined ? [] : [`- Address: ${url}`]),
    ...(state === undefined ? [] : [`- State: ${state}`]),
    ...(labels.length > 0 ? [`- Labels: ${labels.join(', ')}`] : []),
    ...(assignees.length > 0 ? [`- Assignees: ${assignees.join(', ')}`] : []),
    ...(body === undefined ? [] : ['', body])
  ].join('\n')
}
