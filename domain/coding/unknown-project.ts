import { listCodingProjects } from '../../db/coding/sessions.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { CallContext } from '../context.ts'
import { singleLine } from './text.ts'

/** Projects that the error suggests. */
const MAX_SUGGESTIONS = 10

/** The error for a project without any session; it suggests the projects that have some. */
export async function unknownProjectError(
  { db, principal }: CallContext,
  projectId: string
): Promise<ToolError> {
  const projectIds = await listCodingProjects(db, principal.user_id, MAX_SUGGESTIONS)
  const projectNames = projectIds.map((name) => `"${singleLine(name, 60)}"`).join(', ')
  const nextAdvice =
    projectNames === ''
      ? 'Start with coding_start_session.'
      : `Known projects: ${projectNames}. Start a new one with coding_start_session.`
  return new ToolError(`Nothing is recorded of project "${projectId}". ${nextAdvice}`)
}
