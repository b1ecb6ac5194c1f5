import type { FastifyInstance } from 'fastify'
import type { Session } from '../../db/people/sessions.ts'
import type { CallContext } from '../../domain/context.ts'

/** A page that waits longer than this for the domain gives up. */
const DEADLINE_MS = 30_000

/** The domain's context for a person in the console, as tools have it for an app. */
export function consoleContext(
  { db, embedder, github, publicUrl, web, config }: FastifyInstance,
  { user_id, role }: Session
): CallContext {
  return {
    db,
    principal: { user_id, role, source: { kind: 'console', name: 'Console' } },
    quota: { memories: config.MEMORY_QUOTA_COUNT, bytes: config.MEMORY_QUOTA_BYTES },
    codeQuota: { files: config.CODE_QUOTA_FILES, bytes: config.CODE_QUOTA_BYTES },
    embedder,
    github,
    publicUrl,
    web,
    signal: AbortSignal.timeout(DEADLINE_MS),
    history: {
      keeping: config.TOOL_HISTORY,
      days: config.TOOL_HISTORY ? config.TOOL_HISTORY_DAYS : 0
    }
  }
}
