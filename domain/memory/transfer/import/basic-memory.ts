import { parseFrontMatter, scalarText } from './front-matter.ts'
import {
  type LinkEnd,
  type ImportFormat,
  type InputFile,
  type ImportItem,
  arrayOrEmpty,
  parseForeignTime
} from './item.ts'
import { BrokenItemError } from './run.ts'

const NOTE = /\.(?:md|markdown)$/i
const MAX_CHARACTERS = 10_000_000

/**
 * A folder of basic-memory's Markdown files (github.com/basicmachines-co/basic-memory,
 * src/basic_memory/markdown/entity_parser.py and plugins.py): front matter with title, type,
 * permalink, tags, created; observations as list items `- [category] text #tag (context)`;
 * relations as list items `- type [[Target]] (context)`, the type in quotes where it has spaces;
 * any other [[Target]] links to it. A note becomes one memory with its whole text, tagged by its
 * tags and by categories and tags of its observations.
 */
export const basicMemoryFormat: ImportFormat = {
  name: 'basic-memory',
  title: 'basic-memory',
  takes: "the folder of basic-memory's Markdown files, or one of them",
  picks: (path) => NOTE.test(path),
  async *read(files) {
    const notes: Note[] = []
    const names = new Map<string, string>()
    for (const file of files) {
      const read = await noteIn(file)
      if (typeof read === 'string') {
        yield { broken: read }
        continue
      }
      const { note, warnings } = read
      for (const warning of warnings) yield { warning }
      if (note.isEmpty) {
        yield { left: 'notes without text', count: 1 }
        continue
      }
      notes.push(note)
      const path = file.path.replace(NOTE, '')
      for (const name of [note.key, note.title, path, path.split('/').at(-1)!]) {
        if (!names.has(fold(name))) names.set(fold(name), note.key)
      }
    }
    for (const note of notes) yield note.item
    for (const { key, body } of notes) {
      for (const { type, target } of relationsOf(body)) {
        const known = names.get(fold(target))
        const to: LinkEnd = known === undefined ? { type: 'topic', name: target } : { key: known }
        if (known !== key) yield { link: { from: { key }, to, type } }
      }
    }
  }
}

interface Note {
  key: string
  title: string
  body: string
  item: ImportItem
  isEmpty: boolean
}

/** The note of a file, or why there is none. */
async function noteIn(file: InputFile): Promise<{ note: Note; warnings: string[] } | string> {
  try {
    return noteOf(file.path, await wholeText(file))
  } catch (error) {
    if (error instanceof BrokenItemError) return error.message
    throw error
  }
}

function noteOf(path: string, text: string): { note: Note; warnings: string[] } {
  const { fields, body, warning } = parseFrontMatter(path, text.replace(/^\ufeff/, ''))
  const { title: titled, type, permalink, tags, created, modified, date, ...rest } = fields
  const title = scalarText(titled) || path.split('/').at(-1)!.replace(NOTE, '')
  const key = scalarText(permalink) || path.replace(NOTE, '')
  const times = Object.entries({ created, date, modified }).filter(
    ([, time]) => scalarText(time) !== ''
  )
  const unclear = times
    .filter(([, time]) => parseForeignTime(scalarText(time)) === null)
    .map(([name, time]) => {
      return `${path}: ${name} "${scalarText(time).slice(0, 40)}" is no date that can be only one; it stays out.`
    })
  const given = typeof tags === 'string' ? tags.split(',') : arrayOrEmpty(tags).map(scalarText)
  const memory = {
    key,
    value: body.toLowerCase().includes(title.toLowerCase()) ? body : `# ${title}\n\n${body}`,
    type: scalarText(type) || 'note',
    tags: [...given.map((tag) => tag.trim().replace(/^#/, '')), ...observationsOf(body)],
    metadata: { title, file: path, ...rest },
    occurred_at:
      times.map(([, time]) => parseForeignTime(scalarText(time))).find((time) => time !== null) ??
      null
  }
  const isEmpty = body === '' && scalarText(titled) === ''
  return {
    note: { key, title, body, item: { memory }, isEmpty },
    warnings: [...(warning ? [warning] : []), ...unclear]
  }
}

const fold = (name: string) => name.trim().toLowerCase()

/** The list items outside of code, and all other lines. */
function* linesOf(body: string): Generator<{ item: string | undefined; line: string }> {
  let fence: string | undefined
  for (const line of body.split(/\r?\n/)) {
    const [, mark] = /^\s*(```|~~~)/.exec(line) ?? []
    if (mark && (fence === undefined || fence === mark)) {
      fence = fence === undefined ? mark : undefined
      continue
    }
    if (fence === undefined) {
      yield { item: /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line)?.[1]?.trim(), line }
    }
  }
}

/** Categories and tags of the observations; check boxes, links and time codes are none. */
function observationsOf(body: string): string[] {
  return [...linesOf(body)].flatMap(({ item }) => {
    if (item === undefined || /^\[\[.*\]\]$|^\[.*?\]\(.*\)$/.test(item)) return []
    const [, category = '', rest] = /^\[([^[\]()]+)\]\s+(.+)$/.exec(item) ?? []
    const name = category.trim()
    const marks = /^([xX]|[^\p{L}\p{N}])?$|^\d{1,3}:\d{2}/u.test(name)
    const tags = (rest ?? item)
      .split(/\s+/)
      .filter((word) => /^#[^#\s]/.test(word))
      .flatMap((word) => word.split('#'))
      .map((tag) => tag.replace(/[),.;:]+$/, ''))
    return [...(marks ? [] : [name]), ...tags].filter(Boolean)
  })
}

function relationsOf(body: string): Array<{ type: string; target: string }> {
  return [...linesOf(body)]
    .flatMap(({ item, line }) => {
      const relation = /^(?:["'](.+)["']|([^\s["']+))\s+\[\[(.+?)\]\](?:\s*\([^()]*\))?$/
      const [, quoted, plain, target = ''] = relation.exec(item ?? '') ?? []
      if (target.trim()) return [{ type: (quoted ?? plain)!, target: name(target) }]
      return [...line.matchAll(/\[\[([^[\]]+)\]\]/g)].map(([, linked]) => ({
        type: 'links_to',
        target: name(linked!)
      }))
    })
    .filter(({ target }) => target !== '')
}

/** Of a wiki link with a text of its own or a heading, the note. */
function name(target: string): string {
  return target.split('|')[0]!.split('#')[0]!.trim()
}

async function wholeText({ path, chunks }: InputFile): Promise<string> {
  let text = ''
  for await (const chunk of chunks()) {
    text += chunk
    if (text.length > MAX_CHARACTERS) {
      throw new BrokenItemError(`${path} has more than 10,000,000 characters: that is no note.`)
    }
  }
  return text
}
