import { basicMemoryFormat } from './basic-memory.ts'
import { chatgptFormat } from './chatgpt.ts'
import { claudeFormat } from './claude.ts'
import type { ImportFormat } from './item.ts'
import { mem0Format } from './mem0.ts'
import { agentFilesFormat } from './markdown/agent-files.ts'
import { kaguraNotesFormat } from './markdown/kagura-notes.ts'
import { obsidianFormat } from './markdown/obsidian.ts'
import { claudeMemFormat } from './products/claude-mem.ts'
import { geminiFormat } from './products/gemini.ts'
import { hindsightFormat } from './products/hindsight.ts'
import { mcpMemoryServiceFormat } from './products/mcp-memory-service.ts'
import { supermemoryFormat } from './products/supermemory.ts'
import { serverMemoryFormat } from './server-memory.ts'
import { claudeCodeFormat } from './transcripts/claude-code.ts'
import { codexFormat } from './transcripts/codex.ts'

export type { ImportFormat } from './item.ts'

/** The products whose memories can be imported. */
export const importFormats: readonly ImportFormat[] = [
  serverMemoryFormat,
  mem0Format,
  basicMemoryFormat,
  chatgptFormat,
  claudeFormat,
  geminiFormat,
  claudeCodeFormat,
  codexFormat,
  mcpMemoryServiceFormat,
  supermemoryFormat,
  hindsightFormat,
  claudeMemFormat,
  obsidianFormat,
  kaguraNotesFormat,
  agentFilesFormat
]
