import { Type } from 'typebox'
import { closed, Id, Key, Namespace } from '../../domain/memory/fields.ts'
import { RESTORABLE_DAYS, restoreMemory } from '../../domain/memory/restore.ts'
import { replacesData } from '../annotations.ts'
import { tool } from '../tool.ts'
import { memoryAnswer, memoryText, StoredMemory } from './answer.ts'

export const memoryRestore = tool({
  name: 'memory_restore',
  title: 'Restore a memory',
  description:
    'Brings back a deleted memory, or an earlier version of one. Use it to undo ' +
    `memory_delete (for ${RESTORABLE_DAYS} days) or a wrong change. Versions are in ` +
    'memory_history.',
  example: { key: 'coffee_preference', version: 2 },
  rare: ['id'],
  groups: ['memory'],
  annotations: replacesData,
  input: Type.Object(
    {
      key: Type.Optional(Key),
      agent_name: Namespace,
      id: Id,
      version: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 2_147_483_647,
          description: 'Number from memory_history; needed unless the memory is deleted.'
        })
      )
    },
    closed
  ),
  output: StoredMemory,
  run: async (request, context) => memoryAnswer(await restoreMemory(context, request)),
  text: (memory) => `✅ Memory restored: "${memory.key}". It says:\n${memoryText(memory)}`
})
