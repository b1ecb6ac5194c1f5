import { isObject, arrayOrEmpty, textOrEmpty } from './json-values.ts'

/** The text of a canvas that a message writes or changes; undefined for all other messages. */
export function canvasOf({
  recipient,
  content
}: Record<string, unknown>): { title: string; text: string } | undefined {
  if (!/^canmore\.(create|update)_textdoc$/.test(textOrEmpty(recipient)) || !isObject(content)) {
    return undefined
  }
  const parts = arrayOrEmpty(content['parts'])
    .filter((part) => typeof part === 'string')
    .join('\n')
  const written = parts || textOrEmpty(content['text'])
  if (written.trim() === '') return undefined
  const canvas = parsed(written)
  if (!canvas) return { title: '', text: written }
  const title = textOrEmpty(canvas['name'])
  const text = textOrEmpty(canvas['content']) || replacements(canvas['updates'])
  return { title, text: text || written }
}

/** What an update puts in, in its order: as a rule one text for all of the canvas. */
function replacements(updates: unknown): string {
  return arrayOrEmpty(updates)
    .map((update) => (isObject(update) ? textOrEmpty(update['replacement']) : ''))
    .filter(Boolean)
    .join('\n\n')
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
