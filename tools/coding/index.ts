import type { Tool } from '../tool.ts'
import { codingRecordDecision } from './decision.ts'
import { codingEndSession } from './end-session.ts'
import { codingRecordError } from './error.ts'
import { codingTrackFileChange } from './file-change.ts'
import { codingTrackInteraction } from './interaction.ts'
import { codingGetIssueContext } from './issue-context.ts'
import { codingLinkGithubIssue } from './link-issue.ts'
import { codingAnalyzePatterns } from './patterns.ts'
import { codingGetProjectContext } from './project-context.ts'
import { codingGeneratePrDescription } from './pull-request.ts'
import { codingSearchErrors } from './search-errors.ts'
import { codingResumeSession, codingStartSession } from './sessions.ts'
import { codingGetCurrentSessionStatus } from './status.ts'

/** The tools that record coding work and report on it, in the order of tools/list. */
export const codingTools: Tool[] = [
  codingStartSession,
  codingGetCurrentSessionStatus,
  codingEndSession,
  codingResumeSession,
  codingTrackFileChange,
  codingRecordError,
  codingSearchErrors,
  codingRecordDecision,
  codingTrackInteraction,
  codingGetProjectContext,
  codingAnalyzePatterns,
  codingGeneratePrDescription,
  codingLinkGithubIssue,
  codingGetIssueContext
]
