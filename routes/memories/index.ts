import type { FastifyPluginAsync } from 'fastify'
import { registerBriefing } from './briefing.ts'
import { registerBulkChanges } from './change.ts'
import { registerDuplicates } from './duplicates.ts'
import { registerEditing } from './edit.ts'
import { registerLists } from './list.ts'
import { registerMemory } from './memory.ts'
import { registerNew } from './new.ts'
import { registerPurge } from './purge.ts'
import { registerStates } from './states.ts'

/**
 * Memories: lists, one memory, and what a person does with them. The memory of another person gets
 * the same answer as an unknown id. The tools `search` and `fetch` link to `/memories/{memory_id}`.
 */
const memoryPages: FastifyPluginAsync = async (app) => {
  registerLists(app)
  registerDuplicates(app)
  registerBriefing(app)
  registerNew(app)
  registerBulkChanges(app)
  registerMemory(app)
  registerEditing(app)
  registerStates(app)
  registerPurge(app)
}
export default memoryPages
