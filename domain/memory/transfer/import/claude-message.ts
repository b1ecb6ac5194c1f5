import type { LeftOutCounts } from './conversation.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from './json-values.ts'

export interface ClaudeArtifact {
  title: string
  text: string
}

/** Tools of Claude that write an artifact or a file. */
const ARTIFACT_TOOL = /artifact|create_file|str_replace|edit_file|write_file|canvas|document/i
/** Members of a tool's input that hold the text and the title, best first. */
const textMembers = ['content', 'file_text', 'new_str', 'new_string', 'text', 'code']
const titleMembers = ['title', 'path', 'file_path', 'file_name', 'id']

/** What is left out, by type of a content block. */
const leftOutKinds: Record<string, string> = {
  thinking: 'thoughts',
  redacted_thinking: 'thoughts',
  tool_use: 'tool calls',
  tool_result: 'results of tools',
  image: 'images and other files'
}

/** The text of a message with the text of its attachments, and the artifacts that it creates. */
export function readClaudeMessage(
  message: Record<string, unknown>,
  leftOutCounts: LeftOutCounts
): { text: string; artifacts: ClaudeArtifact[] } {
  const contentBlocks = arrayOrEmpty(message['content']).filter(isObject)
  const blockTexts: string[] = []
  const artifacts: ClaudeArtifact[] = []
  for (const contentBlock of contentBlocks) {
    const artifact = artifactOf(contentBlock)
    if (artifact) artifacts.push(artifact)
    else if (contentBlock['type'] === 'text' || contentBlock['type'] === 'voice_note') {
      blockTexts.push(textOrEmpty(contentBlock['text']))
    } else leftOutCounts.add(leftOutKindOf(contentBlock['type']))
  }
  const attachmentTexts = arrayOrEmpty(message['attachments']).filter(isObject).map(attachmentText)
  leftOutCounts.add('images and other files', arrayOrEmpty(message['files']).length)
  // `text` of a message with an artifact may repeat the artifact.
  const fallbackText = artifacts.length > 0 ? '' : textOrEmpty(message['text'])
  const messageText = blockTexts.filter(Boolean).join('\n') || fallbackText
  return { text: [messageText, ...attachmentTexts].filter(Boolean).join('\n\n'), artifacts }
}

function attachmentText(attachment: Record<string, unknown>): string {
  const fileName = textOrEmpty(attachment['file_name'])
  const extractedText = textOrEmpty(attachment['extracted_content'])
  return [fileName && `[${fileName}]`, extractedText].filter(Boolean).join('\n')
}

function leftOutKindOf(blockType: unknown): string {
  const typeName = String(blockType)
  return leftOutKinds[typeName] ?? `parts of the kind ${typeName.slice(0, 40)}`
}

/**
 * The artifact or file that a tool call writes. The tool `artifacts` has commands create, rewrite
 * and update; `create_file` has file_text; `str_replace` has the new text.
 */
function artifactOf({ type, name, input }: Record<string, unknown>): ClaudeArtifact | undefined {
  if (type !== 'tool_use' || !isObject(input)) return undefined
  if (!ARTIFACT_TOOL.test(textOrEmpty(name))) return undefined
  const artifactText = textMembers
    .map((member) => textOrEmpty(input[member]))
    .find((text) => text.trim() !== '')
  if (artifactText === undefined) return undefined
  const artifactTitle = titleMembers.map((member) => textOrEmpty(input[member])).find(Boolean)
  return { title: artifactTitle ?? '', text: artifactText }
}
