import { basicMemory } from './basic-memory.ts'
import { chatgpt } from './chatgpt.ts'
import { claude } from './claude.ts'
import type { Format } from './item.ts'
import { mem0 } from './mem0.ts'
import { serverMemory } from './server-memory.ts'

export type { Format, InputFile } from './item.ts'

/** The products whose memories can be taken in. */
export const formats: readonly Format[] = [serverMemory, mem0, basicMemory, chatgpt, claude]
