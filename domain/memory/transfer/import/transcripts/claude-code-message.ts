import { arrayOrEmpty, isObject, textOrEmpty } from '../json-values.ts'
import { elementText, withoutElements } from './transcript-lines.ts'

/** The text of a message, or the kind under which it is left out. */
export type ReadMessage = { text: string } | { left: string }

/** Texts that Claude Code writes in the name of the user, by their beginning. */
const programTexts: Array<[start: string, left: string]> = [
  ['<local-command-stdout>', 'results of commands'],
  ['<local-command-stderr>', 'results of commands'],
  ['<local-command-caveat>', 'hidden messages'],
  ['Caveat: The messages below were generated', 'hidden messages'],
  ['<bash-input>', 'shell commands'],
  ['<bash-stdout>', 'results of commands'],
  ['<bash-stderr>', 'results of commands'],
  ['<task-notification>', 'hidden messages'],
  ['<user-memory-input>', 'hidden messages'],
  ['[Request interrupted by user', 'interruptions']
]

const leftOutBlocks: Record<string, string> = {
  thinking: 'thoughts',
  redacted_thinking: 'thoughts',
  tool_use: 'tool calls',
  server_tool_use: 'tool calls',
  tool_result: 'results of tools',
  web_search_tool_result: 'results of tools',
  image: 'images and other files',
  document: 'images and other files'
}

/** Reads a line of the type user or assistant. `countLeft` receives parts without text. */
export function readLineMessage(
  value: Record<string, unknown>,
  countLeft: (kind: string) => void
): ReadMessage {
  if (value['isSidechain'] === true) return { left: 'messages of subagents' }
  if (value['isCompactSummary'] === true) return { left: 'summaries of what was compacted' }
  if (value['isMeta'] === true) return { left: 'hidden messages' }
  const message = isObject(value['message']) ? value['message'] : {}
  if (value['isApiErrorMessage'] === true || message['model'] === '<synthetic>') {
    return { left: 'notes of the program' }
  }
  const contentText = textOfContent(message['content'], countLeft)
  return value['type'] === 'user' ? readUserText(contentText) : { text: contentText }
}

function textOfContent(content: unknown, countLeft: (kind: string) => void): string {
  if (typeof content === 'string') return content
  const blockTexts: string[] = []
  for (const block of arrayOrEmpty(content)) {
    if (typeof block === 'string') blockTexts.push(block)
    if (!isObject(block)) continue
    if (block['type'] === 'text') blockTexts.push(textOrEmpty(block['text']))
    else {
      const blockType = textOrEmpty(block['type'])
      countLeft(leftOutBlocks[blockType] ?? `parts of the kind ${blockType.slice(0, 40)}`)
    }
  }
  return blockTexts.filter(Boolean).join('\n\n')
}

/** What the user typed: without reminders, and a command in the form in which it was typed. */
function readUserText(contentText: string): ReadMessage {
  const text = withoutElements(contentText, 'system-reminder').trim()
  const programText = programTexts.find(([start]) => text.startsWith(start))
  if (programText) return { left: programText[1] }
  if (!/^<command-(?:name|message)>/.test(text)) return { text }
  const commandName = elementText(text, 'command-name') ?? elementText(text, 'command-message')
  const commandArguments = elementText(text, 'command-args') ?? ''
  if (commandArguments === '') return { left: 'commands without a text' }
  return { text: `/${(commandName ?? '').replace(/^\//, '')} ${commandArguments}`.trim() }
}
