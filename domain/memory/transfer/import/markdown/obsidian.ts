import { parseFrontMatter, scalarText } from '../front-matter.ts'
import type { ForeignMemory, ImportFormat, ImportItem, InputFile } from '../item.ts'
import { arrayOrEmpty } from '../json-values.ts'
import { BrokenItemError } from '../run.ts'
import { parseForeignTime } from '../time.ts'
import { baseName, folderOf, joinPath, NOTE_EXTENSION, readNoteText } from './note-text.ts'
import { inlineTagsOf, linksOf, linkTarget, nestedTags, type NoteLink } from './obsidian-text.ts'

/**
 * A vault of Obsidian, or any folder of Markdown, after help.obsidian.md of November 2026
 * (properties, internal links, embeds, tags, aliases, daily notes): front matter in YAML, links as
 * [[Note#Heading|text]] or [text](Note.md), embeds with `!`, nested tags #a/b. A note becomes one
 * memory with its whole text; callouts, comments and block ids stay in it. A link goes to the note
 * with this path, else to the nearest note with this name, else with this alias.
 */
export const obsidianFormat: ImportFormat = {
  name: 'obsidian',
  title: 'Obsidian or Markdown',
  takes: 'the folder of the vault, or a zip of it, or one Markdown file',
  picks: (path) => NOTE_EXTENSION.test(path),
  async *read(files) {
    const vault = new Vault()
    const notes: ObsidianNote[] = []
    for (const inputFile of files) {
      const items = await readNote(inputFile)
      for (const item of items) {
        if (!('note' in item)) yield item
        else {
          notes.push(item.note)
          vault.add(item.note)
        }
      }
    }
    for (const { memory } of notes) yield { memory }
    for (const note of notes) yield* vault.linkItems(note)
  }
}

interface ObsidianNote {
  path: string
  aliases: string[]
  links: NoteLink[]
  memory: ForeignMemory
}

async function readNote(inputFile: InputFile): Promise<Array<ImportItem | { note: ObsidianNote }>> {
  try {
    return parseNote(inputFile.path, await readNoteText(inputFile))
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    return [{ broken: error.message }]
  }
}

function parseNote(path: string, noteText: string): Array<ImportItem | { note: ObsidianNote }> {
  const { fields, body, warning } = parseFrontMatter(path, noteText)
  const warnings: ImportItem[] = warning === undefined ? [] : [{ warning }]
  if ('excalidraw-plugin' in fields) return [...warnings, { left: 'drawings', count: 1 }]
  const name = baseName(path).replace(NOTE_EXTENSION, '')
  const { tags, tag, aliases, alias, type, ...others } = fields
  const linkedProperties = Object.values(others).flatMap(propertyTexts).join('\n')
  if (body === '' && Object.keys(fields).length === 0) {
    return [{ left: 'notes without text', count: 1 }]
  }
  const { occurredAt, timeWarnings } = timeOfNote(path, name, others)
  const noteAliases = labelsOf(aliases ?? alias)
  return [
    ...warnings,
    ...timeWarnings,
    {
      note: {
        path: path.replace(NOTE_EXTENSION, ''),
        aliases: noteAliases,
        links: [...linksOf(linkedProperties), ...linksOf(body)],
        memory: {
          key: path.replace(NOTE_EXTENSION, ''),
          value: body.toLowerCase().includes(name.toLowerCase()) ? body : `# ${name}\n\n${body}`,
          type: scalarText(type) || (dailyDate(name) ? 'daily note' : 'note'),
          tags: [...labelsOf(tags ?? tag).flatMap(nestedTags), ...inlineTagsOf(body)],
          metadata: { file: path, aliases: noteAliases, ...others },
          occurred_at: occurredAt
        }
      }
    }
  ]
}

/** Texts of a property, which may be links. */
function propertyTexts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string')
}

/** Labels as a list, or as a text with commas or blanks. */
function labelsOf(value: unknown): string[] {
  const labels = typeof value === 'string' ? value.split(',') : arrayOrEmpty(value)
  return labels.map((label) => scalarText(label).trim()).filter(Boolean)
}

/** The day in the name of a daily note: 2026-02-03, also with a text after it. */
function dailyDate(name: string): Date | null {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:$|[ _-])/.exec(name) ?? []
  return day === undefined ? null : parseForeignTime(day)
}

/** The first clear time of the properties, else the day in the name. */
function timeOfNote(path: string, name: string, fields: Record<string, unknown>) {
  const timeWarnings: ImportItem[] = []
  let occurredAt: Date | null = null
  for (const field of ['date', 'created', 'creation date', 'modified', 'updated']) {
    const text = scalarText(fields[field]).trim()
    if (text === '') continue
    const time = parseForeignTime(text)
    occurredAt ??= time
    if (time) continue
    const shortText = text.slice(0, 40)
    timeWarnings.push({
      warning: `${path}: ${field} "${shortText}" is not a clear date; it is left out.`
    })
  }
  return { occurredAt: occurredAt ?? dailyDate(name), timeWarnings }
}

/** Finds notes by path, name or alias, without regard to case. */
class Vault {
  readonly #notesByPath = new Map<string, ObsidianNote>()
  readonly #notesByName = new Map<string, ObsidianNote[]>()
  readonly #notesByAlias = new Map<string, ObsidianNote>()

  add(note: ObsidianNote): void {
    this.#notesByPath.set(foldName(note.path), note)
    const name = foldName(baseName(note.path))
    this.#notesByName.set(name, [...(this.#notesByName.get(name) ?? []), note])
    for (const alias of note.aliases) {
      if (!this.#notesByAlias.has(foldName(alias))) this.#notesByAlias.set(foldName(alias), note)
    }
  }

  /** A link for each target. A target without a note becomes a topic; files are counted. */
  *linkItems(note: ObsidianNote): Generator<ImportItem> {
    for (const link of note.links) {
      const target = linkTarget(link.target)
      const targetNote = this.#find(link, target, note)
      if (targetNote === note) continue
      const extension = /\.([a-z0-9]{1,9})$/i.exec(target)?.[1]
      if (!targetNote && extension !== undefined && !NOTE_EXTENSION.test(target)) {
        if (link.isEmbed) yield { left: 'embedded files', count: 1 }
        continue
      }
      yield {
        link: {
          from: { key: note.memory.key },
          to: targetNote
            ? { key: targetNote.memory.key }
            : { type: 'topic', name: target.replace(NOTE_EXTENSION, '') },
          type: link.isEmbed ? 'embeds' : 'links_to'
        }
      }
    }
  }

  #find(link: NoteLink, target: string, from: ObsidianNote): ObsidianNote | undefined {
    const name = foldName(target.replace(NOTE_EXTENSION, ''))
    const relativePath = foldName(joinPath(folderOf(from.path), name))
    const byPath = this.#notesByPath.get(relativePath) ?? this.#notesByPath.get(joinPath('', name))
    if (byPath) return byPath
    const candidates = (this.#notesByName.get(baseName(name)) ?? []).filter(({ path }) =>
      foldName(path).endsWith(name)
    )
    const [nearest] = candidates.toSorted((a, b) => a.path.length - b.path.length)
    return nearest ?? (link.isPath ? undefined : this.#notesByAlias.get(name))
  }
}

function foldName(name: string): string {
  return name.trim().normalize('NFC').toLowerCase()
}
