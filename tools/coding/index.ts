import type { Tool } from '../tool.ts'
import { recordDecision } from './decision.ts'
import { endSession } from './end-session.ts'
import { recordError } from './error.ts'
import { trackFileChange } from './file-change.ts'
import { trackInteraction } from './interaction.ts'
import { getIssueContext } from './issue-context.ts'
import { linkGithubIssue } from './link-issue.ts'
import { analyzePatterns } from './patterns.ts'
import { getProjectContext } from './project-context.ts'
import { generatePrDescription } from './pull-request.ts'
import { searchErrors } from './search-errors.ts'
import { resumeSession, startSession } from './sessions.ts'
import { currentStatus } from './status.ts'

export const codingTools: Tool[] = [
  startSession,
  currentStatus,
  endSession,
  resumeSession,
  trackFileChange,
  recordError,
  searchErrors,
  recordDecision,
  trackInteraction,
  getProjectContext,
  analyzePatterns,
  generatePrDescription,
  linkGithubIssue,
  getIssueContext
]
