import { parseFrontMatter, scalarText } from './front-matter.ts'
import type { ImportFormat, ImportItem, InputFile, LinkEnd } from './item.ts'
import { arrayOrEmpty } from './json-values.ts'
import { baseName, NOTE_EXTENSION, readNoteText } from './markdown/note-text.ts'
import { BrokenItemError } from './run.ts'
import { parseForeignTime } from './time.ts'

/**
 * A folder of basic-memory's Markdown files (github.com/basicmachines-co/basic-memory,
 * src/basic_memory/markdown/entity_parser.py and plugins.py): front matter with title, type,
 * permalink, tags, created; observations as list items `- [category] text #tag (context)`;
 * relations as list items `- type [[Target]] (context)`, the type in quotes where it has spaces;
 * any other [[Target]] links to it. A note becomes one memory with its whole text. Its tags are the
 * note's tags, and the categories and tags of its observations.
 */
export const basicMemoryFormat: ImportFormat = {
  name: 'basic-memory',
  title: 'basic-memory',
  takes: "the folder of basic-memory's Markdown files, or one of them",
  picks: (path) => NOTE_EXTENSION.test(path),
  async *read(files) {
    const notes: MarkdownNote[] = []
    const keysByName = new Map<string, string>()
    for (const inputFile of files) {
      const parsedNote = await readNote(inputFile)
      if (typeof parsedNote === 'string') {
        yield { broken: parsedNote }
        continue
      }
      const { note, warnings } = parsedNote
      for (const warning of warnings) yield { warning }
      if (note.isEmpty) {
        yield { left: 'notes without text', count: 1 }
        continue
      }
      notes.push(note)
      const notePath = inputFile.path.replace(NOTE_EXTENSION, '')
      for (const noteName of [note.key, note.title, notePath, baseName(notePath)]) {
        const foldedName = foldName(noteName)
        if (!keysByName.has(foldedName)) keysByName.set(foldedName, note.key)
      }
    }
    for (const note of notes) yield note.item
    for (const note of notes) yield* noteLinks(note, keysByName)
  }
}

interface MarkdownNote {
  key: string
  title: string
  body: string
  item: ImportItem
  isEmpty: boolean
}
interface ParsedNote {
  note: MarkdownNote
  warnings: string[]
}

/** Yields a link for each relation. A target without a note becomes a topic. */
function* noteLinks(
  { key, body }: MarkdownNote,
  keysByName: ReadonlyMap<string, string>
): Generator<ImportItem> {
  for (const { type, target } of relationsOf(body)) {
    const targetKey = keysByName.get(foldName(target))
    const linkEnd: LinkEnd =
      targetKey === undefined ? { type: 'topic', name: target } : { key: targetKey }
    if (targetKey !== key) yield { link: { from: { key }, to: linkEnd, type } }
  }
}

/** Reads the note of a file. Returns a sentence if the file is broken. */
async function readNote(inputFile: InputFile): Promise<ParsedNote | string> {
  try {
    return parseNote(inputFile.path, await readNoteText(inputFile))
  } catch (error) {
    if (error instanceof BrokenItemError) return error.message
    throw error
  }
}

function parseNote(path: string, text: string): ParsedNote {
  const { fields, body, warning } = parseFrontMatter(path, text)
  const { title: titleField, type, permalink, tags, created, modified, date, ...metadata } = fields
  const title = scalarText(titleField) || baseName(path).replace(NOTE_EXTENSION, '')
  const key = scalarText(permalink) || path.replace(NOTE_EXTENSION, '')
  const timeFields = Object.entries({ created, date, modified })
    .map(([name, value]) => ({ name, text: scalarText(value) }))
    .filter((timeField) => timeField.text !== '')
    .map((timeField) => ({ ...timeField, time: parseForeignTime(timeField.text) }))
  const timeWarnings = timeFields
    .filter(({ time }) => time === null)
    .map((timeField) => {
      const fieldText = timeField.text.slice(0, 40)
      return `${path}: ${timeField.name} "${fieldText}" is not a clear date; it is left out.`
    })
  const noteTags = typeof tags === 'string' ? tags.split(',') : arrayOrEmpty(tags).map(scalarText)
  const memory = {
    key,
    value: body.toLowerCase().includes(title.toLowerCase()) ? body : `# ${title}\n\n${body}`,
    type: scalarText(type) || 'note',
    tags: [...noteTags.map((tag) => tag.trim().replace(/^#/, '')), ...observationTags(body)],
    metadata: { title, file: path, ...metadata },
    occurred_at: timeFields.find(({ time }) => time !== null)?.time ?? null
  }
  const isEmpty = body === '' && scalarText(titleField) === ''
  return {
    note: { key, title, body, item: { memory }, isEmpty },
    warnings: [...(warning ? [warning] : []), ...timeWarnings]
  }
}

const foldName = (name: string) => name.trim().toLowerCase()

/** Yields the lines outside of code blocks, each with the text of its list item if it is one. */
function* readBodyLines(body: string): Generator<{ item: string | undefined; line: string }> {
  let openFence: string | undefined
  for (const bodyLine of body.split(/\r?\n/)) {
    const [, fenceMark] = /^\s*(```|~~~)/.exec(bodyLine) ?? []
    if (fenceMark && (openFence === undefined || openFence === fenceMark)) {
      openFence = openFence === undefined ? fenceMark : undefined
      continue
    }
    if (openFence === undefined) {
      yield { item: /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(bodyLine)?.[1]?.trim(), line: bodyLine }
    }
  }
}

/**
 * Categories and tags of the observations. Check boxes, links and time codes look like categories
 * and are skipped.
 */
function observationTags(body: string): string[] {
  return [...readBodyLines(body)].flatMap(({ item }) => {
    if (item === undefined || /^\[\[.*\]\]$|^\[.*?\]\(.*\)$/.test(item)) return []
    const [, bracketText = '', observationText] = /^\[([^[\]()]+)\]\s+(.+)$/.exec(item) ?? []
    const category = bracketText.trim()
    const isMark = /^([xX]|[^\p{L}\p{N}])?$|^\d{1,3}:\d{2}/u.test(category)
    const hashTags = (observationText ?? item)
      .split(/\s+/)
      .filter((word) => /^#[^#\s]/.test(word))
      .flatMap((word) => word.split('#'))
      .map((tag) => tag.replace(/[),.;:]+$/, ''))
    return [...(isMark ? [] : [category]), ...hashTags].filter(Boolean)
  })
}

function relationsOf(body: string): Array<{ type: string; target: string }> {
  const relationPattern = /^(?:["'](.+)["']|([^\s["']+))\s+\[\[(.+?)\]\](?:\s*\([^()]*\))?$/
  return [...readBodyLines(body)]
    .flatMap(({ item, line }) => {
      const [, quotedType, bareType, linkTarget = ''] = relationPattern.exec(item ?? '') ?? []
      if (linkTarget.trim()) {
        return [{ type: (quotedType ?? bareType)!, target: targetNote(linkTarget) }]
      }
      return [...line.matchAll(/\[\[([^[\]]+)\]\]/g)].map(([, wikiLink]) => ({
        type: 'links_to',
        target: targetNote(wikiLink!)
      }))
    })
    .filter(({ target }) => target !== '')
}

/** The note of a wiki link, without its heading and display text. */
function targetNote(wikiLink: string): string {
  return wikiLink.split('|')[0]!.split('#')[0]!.trim()
}
