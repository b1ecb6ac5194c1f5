import type { LeftOutCounts } from './conversation.ts'
import { isObject, arrayOrEmpty, textOrEmpty } from './json-values.ts'

export interface Artifact {
  title: string
  text: string
}

/** What was said with the text of what was attached, and the artifacts that were made. */
export function contentOfMessage(
  message: Record<string, unknown>,
  left: LeftOutCounts
): { text: string; artifacts: Artifact[] } {
  const blocks = arrayOrEmpty(message['content']).filter(isObject)
  const texts: string[] = []
  const artifacts: Artifact[] = []
  for (const block of blocks) {
    const artifact = artifactOf(block)
    if (artifact) artifacts.push(artifact)
    else if (block['type'] === 'text' || block['type'] === 'voice_note') {
      texts.push(textOrEmpty(block['text']))
    } else left.add(kindOf(block['type']))
  }
  const attached = arrayOrEmpty(message['attachments'])
    .filter(isObject)
    .map((attachment) => {
      const name = textOrEmpty(attachment['file_name'])
      return [name && `[${name}]`, textOrEmpty(attachment['extracted_content'])]
        .filter(Boolean)
        .join('\n')
    })
  left.add('images and other files', arrayOrEmpty(message['files']).length)
  const spoken =
    texts.filter(Boolean).join('\n') || (artifacts.length > 0 ? '' : textOrEmpty(message['text']))
  return { text: [spoken, ...attached].filter(Boolean).join('\n\n'), artifacts }
}

function kindOf(type: unknown): string {
  const kinds: Record<string, string> = {
    thinking: 'thoughts',
    redacted_thinking: 'thoughts',
    tool_use: 'tool calls',
    tool_result: 'results of tools',
    image: 'images and other files'
  }
  return kinds[String(type)] ?? `parts of the kind ${String(type).slice(0, 40)}`
}

/**
 * The text of an artifact or a file that the assistant writes: `artifacts` has commands create,
 * rewrite and update, `create_file` has file_text, `str_replace` has what is put in.
 */
function artifactOf({ type, name, input }: Record<string, unknown>): Artifact | undefined {
  if (type !== 'tool_use' || !isObject(input)) return undefined
  if (
    !/artifact|create_file|str_replace|edit_file|write_file|canvas|document/i.test(
      textOrEmpty(name)
    )
  ) {
    return undefined
  }
  const fields = ['content', 'file_text', 'new_str', 'new_string', 'text', 'code']
  const text = fields.map((field) => textOrEmpty(input[field])).find((value) => value.trim() !== '')
  const title =
    ['title', 'path', 'file_path', 'file_name', 'id']
      .map((field) => textOrEmpty(input[field]))
      .find(Boolean) ?? ''
  return text === undefined ? undefined : { title, text }
}
