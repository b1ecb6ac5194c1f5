import type { IssueLink } from '../../db/coding/issue-links.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { clipText } from './text.ts'

/** Characters of an issue's text that are stored, and that an answer has. */
const MAX_STORED_BODY = 8000
const MAX_ANSWERED_BODY = 500

/** What a client sends of an issue. */
export interface IssueInput {
  issue_number?: number
  repository?: string
  title?: string
  url?: string
  body?: string
  state?: string
  labels?: string[]
  assignees?: string[]
}

/** An issue, as far as it is known. `repository` is empty when it is not known. */
export type KnownIssue = Pick<
  IssueLink,
  'issue_number' | 'repository' | 'title' | 'url' | 'state' | 'labels' | 'assignees' | 'body'
>

const issueUrlPattern =
  /^https:\/\/[\w.-]+\/([\w.-]+\/[\w.-]+)\/(?:issues|pull)\/(\d{1,9})(?:[/?#]|$)/
const repositoryPattern = /^[\w.-]{1,100}\/[\w.-]{1,100}$/

/**
 * The issue that a client sends, identified by its number or its address. Throws ToolError when
 * both are missing, or the repository is not `owner/name`.
 */
export function parseIssue(input: IssueInput): KnownIssue {
  const { repository = '', url = '' } = input
  const [, urlRepository = '', urlNumber] = issueUrlPattern.exec(url) ?? []
  const issueNumber =
    input.issue_number ?? (urlNumber === undefined ? undefined : Number(urlNumber))
  if (issueNumber === undefined) {
    throw new ToolError(
      'Say which issue: issue_number, or url like https://github.com/owner/name/issues/12. ' +
        'This server does not see your git branch.'
    )
  }
  if (repository !== '' && !repositoryPattern.test(repository)) {
    throw new ToolError(
      `repository must be like owner/name, not "${clipText(repository, 100)}". ` +
        'Correct it and call again.'
    )
  }
  return {
    issue_number: issueNumber,
    repository: repository || urlRepository,
    title: (input.title ?? '').trim(),
    url: url || null,
    state: input.state ?? null,
    labels: input.labels ?? [],
    assignees: input.assignees ?? [],
    body: clipText(input.body ?? '', MAX_STORED_BODY)
  }
}

/**
 * The issue with what GitHub knows of it. GitHub is asked only if the client sent neither title nor
 * body, and only if the user stored a token. `problem`: why GitHub did not answer.
 */
export async function fetchIssue(
  issue: KnownIssue,
  { github, principal, signal }: Pick<CallContext, 'github' | 'principal' | 'signal'>
): Promise<{ issue: KnownIssue; problem?: ToolError }> {
  const { repository, issue_number: issueNumber } = issue
  if (repository === '' || issue.title || issue.body) return { issue }
  try {
    const githubIssue = await github.issue(principal.user_id, repository, issueNumber, signal)
    if (!githubIssue) return { issue }
    const knownUrl = githubIssue.url || issue.url
    const storedBody = clipText(githubIssue.body, MAX_STORED_BODY)
    return { issue: { ...issue, ...githubIssue, url: knownUrl, body: storedBody } }
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    return { issue, problem: error }
  }
}

/** An issue, as tools answer it: no field where a value is missing. */
export interface IssueReport {
  issue_number: number
  repository?: string
  title?: string
  url?: string
  state?: string
  labels: string[]
  assignees: string[]
  body?: string
}

/** The issue as a report, with the beginning of its text. */
export function reportIssue(issue: KnownIssue): IssueReport {
  return {
    issue_number: issue.issue_number,
    ...(issue.repository && { repository: issue.repository }),
    ...(issue.title && { title: issue.title }),
    ...(issue.url !== null && { url: issue.url }),
    ...(issue.state !== null && { state: issue.state }),
    labels: issue.labels,
    assignees: issue.assignees,
    ...(issue.body && { body: clipText(issue.body, MAX_ANSWERED_BODY) })
  }
}
