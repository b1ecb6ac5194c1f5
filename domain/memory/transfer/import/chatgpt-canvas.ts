import { arrayOrEmpty, isObject, parseObjectOrNone, textOrEmpty } from './json-values.ts'

/** The canvas that a message creates or updates; undefined for all other messages. */
export function canvasOf({
  recipient,
  content
}: Record<string, unknown>): { title: string; text: string } | undefined {
  if (!/^canmore\.(create|update)_textdoc$/.test(textOrEmpty(recipient)) || !isObject(content)) {
    return undefined
  }
  const partsText = arrayOrEmpty(content['parts'])
    .filter((part) => typeof part === 'string')
    .join('\n')
  const writtenText = partsText || textOrEmpty(content['text'])
  if (writtenText.trim() === '') return undefined
  const canvas = parseObjectOrNone(writtenText)
  if (!canvas) return { title: '', text: writtenText }
  const canvasText = textOrEmpty(canvas['content']) || replacementText(canvas['updates'])
  return { title: textOrEmpty(canvas['name']), text: canvasText || writtenText }
}

/** The new texts of an update, in order. Usually one text replaces the whole canvas. */
function replacementText(updates: unknown): string {
  return arrayOrEmpty(updates)
    .map((update) => (isObject(update) ? textOrEmpty(update['replacement']) : ''))
    .filter(Boolean)
    .join('\n\n')
}
