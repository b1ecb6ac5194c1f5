import { arrayOrEmpty, isObject, textOrEmpty } from '../json-values.ts'

/** What stands before the prompt when an editor adds its state to it. */
const EDITOR_PROMPT = '## My request for Codex:'

/** Texts that Codex sends in the name of the user, by their beginning. */
const programTexts = [
  '<environment_context>',
  '<user_instructions>',
  '<INSTRUCTIONS>',
  '# AGENTS.md instructions',
  '<permissions instructions>',
  '<collaboration_mode>',
  '<turn_aborted>',
  '<skill>',
  '<subagent_notification>',
  '<user_shell_command>',
  '<user_action>'
]

/** The text of a message, and how many of its parts are images or files. */
export function messageTextOf(content: unknown): { text: string; fileCount: number } {
  if (typeof content === 'string') return { text: content, fileCount: 0 }
  const parts = arrayOrEmpty(content).filter(isObject)
  const textParts = parts.filter((part) => typeof part['text'] === 'string')
  return {
    text: textParts.map((part) => textOrEmpty(part['text'])).join('\n\n'),
    fileCount: parts.length - textParts.length
  }
}

/** What the user typed; undefined for a text of the program. */
export function readUserText(messageText: string): string | undefined {
  const text = messageText.trim()
  if (programTexts.some((start) => text.startsWith(start))) return undefined
  const promptStart = text.indexOf(EDITOR_PROMPT)
  const isFromEditor = promptStart >= 0 && text.startsWith('# Context from my IDE setup:')
  return isFromEditor ? text.slice(promptStart + EDITOR_PROMPT.length).trim() : text
}
