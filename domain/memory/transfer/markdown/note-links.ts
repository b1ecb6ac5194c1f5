/** An end of a link in Markdown: a note by its path, or a thing by its type and name. */
export type NoteEnd = { path: string; label: string } | { type: string; name: string }

/** The folder of links to things, which have no notes. */
const THINGS = 'things'

/** The end as a wiki link of Obsidian: `[[global/plan|plan]]`, `[[things/person/Ada|Ada]]`. */
export function wikiLink(end: NoteEnd): string {
  const target =
    'path' in end ? end.path : [THINGS, encodePart(end.type), encodePart(end.name)].join('/')
  const label = ('path' in end ? end.label : end.name).replace(/[[\]|\s]+/g, ' ').trim()
  return label === '' ? `[[${target}]]` : `[[${target}|${label}]]`
}

/** The target of a wiki link; undefined for another text. */
export function wikiTarget(text: string): string | undefined {
  const trimmedText = text.trim()
  if (!trimmedText.startsWith('[[') || !trimmedText.endsWith(']]')) return undefined
  return trimmedText.slice(2, -2).split('|')[0]!.trim() || undefined
}

/** The thing of a target; undefined for a target that is none. */
export function thingOf(target: string): { type: string; name: string } | undefined {
  const [folder, type, name, ...rest] = target.split('/')
  if (folder !== THINGS || !type || !name || rest.length > 0) return undefined
  return { type: decodePart(type), name: decodePart(name) }
}

/** Writes what ends a wiki link or a path in percent signs. */
function encodePart(text: string): string {
  return text.replace(/[%[\]|#^\\/\u0000-\u001f]|^\s|\s$/g, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join('')
  )
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
