import { hasMemoryName, hasProjectName } from '../../db/memory/stored-names.ts'
import type { DataContext } from '../context.ts'
import { GLOBAL_NAMESPACE } from './fields.ts'

export type NameKind = 'project' | 'namespace' | 'key'

/** Whether something is stored under exactly this spelling of a name. */
export function isStoredName(
  { db, principal: { user_id: userId } }: DataContext,
  kind: NameKind,
  { name, agentName = GLOBAL_NAMESPACE }: { name: string; agentName?: string | undefined }
): Promise<boolean> {
  if (kind === 'project') return hasProjectName(db, userId, name)
  if (kind === 'namespace') return hasMemoryName(db, userId, { agent_name: name })
  return hasMemoryName(db, userId, { key: name, agent_name: agentName })
}
