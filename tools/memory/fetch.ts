import { Type } from 'typebox'
import { recallMemory } from '../../db/memory/memories.ts'
import { tool } from '../tool.ts'
import { ToolError } from '../../lib/tool-error.ts'
import { closed, Id, Key, Namespace, memoryNotFound } from '../../domain/memory/fields.ts'
import { memoryAnswer, memoryText, StoredMemory } from './answer.ts'
import { whichOf } from './history.ts'
import { findTruthMarksOfMemory } from '../../domain/memory/truth.ts'

export const memoryFetch = tool({
  name: 'memory_fetch',
  title: 'Fetch a memory',
  description:
    'Returns one memory by the id that memory_search_ids or search gave, or by its exact key like memory_recall.',
  groups: ['memory'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object({ key: Type.Optional(Key), agent_name: Namespace, id: Id }, closed),
  output: StoredMemory,
  async run(args, { db, principal }) {
    const which = whichOf(args)
    const memory = await recallMemory(db, principal.user_id, which)
    if (memory) {
      return memoryAnswer(
        memory,
        await findTruthMarksOfMemory(db, principal.user_id, memory.memory_id)
      )
    }
    throw which.key !== undefined
      ? memoryNotFound(which)
      : new ToolError(
          `No memory with the id "${args.id}". Take an id from the results of memory_search_ids.`
        )
  },
  text: memoryText
})
