import { parseDocument } from 'yaml'
import { ToolError } from '../tool.ts'
import { type End, type Format, type InputFile, isObject, type Item, listOf, timeOf } from './item.ts'

/**
 * A folder of basic-memory's Markdown files (github.com/basicmachines-co/basic-memory, src/basic_memory/markdown/entity_parser.py and plugins.py): front matter with title, type,
 * permalink, tags, created; observations as list items `- [category] text #tag (context)`; relations as list items `- type [[Target]] (context)`, the type in quotes
 * where it has spaces; any other [[Target]] links to it. A note becomes one memory with its whole text, tagged by its tags and by categories and tags of its observations.
 */
export const basicMemory: Format = {
  name: 'basic-memory',
  title: 'basic-memory',
  takes: 'the folder of basic-memory\'s Markdown files, or one of them',
  picks: (path) => path.endsWith('.md') && !/(^|\/)(\.|node_modules\/)/.test(path),
  async * read (files) {
    const notes: Note[] = []
    const names = new Map<string, string>()
    for (const file of files) {
      const note = noteOf(file.path, await wholeText(file))
      if (note.warning) yield { warning: note.warning }
      notes.push(note)
      const path = file.path.replace(/\.md$/, '')
      for (const name of [note.key, note.title, path, path.split('/').at(-1)!]) if (!names.has(fold(name))) names.set(fold(name), note.key)
    }
    for (const note of notes) yield note.item
    for (const { key, body } of notes) {
      for (const { type, target } of relationsOf(body)) {
        const known = names.get(fold(target))
        const to: End = known === undefined ? { type: 'topic', name: target } : { key: known }
        if (known !== key) yield { link: { from: { key }, to, type } }
      }
    }
  }
}

interface Note { key: string, title: string, body: string, item: Item, warning?: string }

function noteOf (path: string, text: string): Note {
  const { fields, body, warning } = frontMatter(path, text.replace(/^\ufeff/, ''))
  const { title: titled, type, permalink, tags, created, modified, date, ...rest } = fields
  const title = scalar(titled) || path.split('/').at(-1)!.replace(/\.md$/, '')
  const key = scalar(permalink) || path.replace(/\.md$/, '')
  const observed = observationsOf(body)
  const memory = {
    key,
    value: body.toLowerCase().includes(title.toLowerCase()) ? body : `# ${title}\n\n${body}`,
    type: scalar(type) || 'note',
    tags: [...(typeof tags === 'string' ? tags.split(',') : listOf(tags).map(scalar)).map((tag) => tag.trim().replace(/^#/, '')), ...observed],
    metadata: { title, file: path, ...rest },
    occurred_at: [created, date, modified].map((time) => timeOf(scalar(time))).find((time) => time !== null) ?? null
  }
  return { key, title, body, item: { memory }, ...(warning && { warning }) }
}

/** The front matter and what follows it; where it is no YAML, all is text, as basic-memory has it. */
function frontMatter (path: string, text: string): { fields: Record<string, unknown>, body: string, warning?: string } {
  const [whole, yaml] = /^---[ \t]*\r?\n([^]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/.exec(text) ?? []
  if (whole === undefined) return { fields: {}, body: text.trim() }
  const document = parseDocument(yaml ?? '', { maxAliasCount: 0, logLevel: 'silent' } as object)
  const [error] = document.errors
  const fields: unknown = error ? undefined : document.toJS({ maxAliasCount: 0 })
  if (error || !(isObject(fields) || fields === null)) {
    const line = error?.linePos ? error.linePos[0].line + 1 : 1
    return { fields: {}, body: text.trim(), warning: `${path}, line ${line}: the front matter is no YAML; the note comes in as plain text.` }
  }
  return { fields: fields ?? {}, body: text.slice(whole.length).trim() }
}

function scalar (value: unknown): string {
  return Array.isArray(value) ? value.map(scalar).join(', ') : typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

const fold = (name: string) => name.trim().toLowerCase()

/** The list items outside of code, and all other lines. */
function * linesOf (body: string): Generator<{ item: string | undefined, line: string }> {
  let fence: string | undefined
  for (const line of body.split(/\r?\n/)) {
    const [, mark] = /^\s*(```|~~~)/.exec(line) ?? []
    if (mark && (fence === undefined || fence === mark)) {
      fence = fence === undefined ? mark : undefined
      continue
    }
    if (fence === undefined) yield { item: /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line)?.[1]?.trim(), line }
  }
}

/** Categories and tags of the observations; check boxes, links and time codes are none. */
function observationsOf (body: string): string[] {
  return [...linesOf(body)].flatMap(({ item }) => {
    if (item === undefined || /^\[\[.*\]\]$|^\[.*?\]\(.*\)$/.test(item)) return []
    const [, category = '', rest] = /^\[([^[\]()]+)\]\s+(.+)$/.exec(item) ?? []
    const name = category.trim()
    const marks = /^([xX]|[^\p{L}\p{N}])?$|^\d{1,3}:\d{2}/u.test(name)
    const tags = (rest ?? item).split(/\s+/).filter((word) => /^#[^#\s]/.test(word)).flatMap((word) => word.split('#')).map((tag) => tag.replace(/[),.;:]+$/, ''))
    return [...(marks ? [] : [name]), ...tags].filter(Boolean)
  })
}

function relationsOf (body: string): Array<{ type: string, target: string }> {
  return [...linesOf(body)].flatMap(({ item, line }) => {
    const [, quoted, plain, target = ''] = /^(?:["'](.+)["']|([^\s["']+))\s+\[\[(.+?)\]\](?:\s*\([^()]*\))?$/.exec(item ?? '') ?? []
    if (target.trim()) return [{ type: (quoted ?? plain)!, target: name(target) }]
    return [...line.matchAll(/\[\[([^[\]]+)\]\]/g)].map(([, linked]) => ({ type: 'links_to', target: name(linked!) }))
  }).filter(({ target }) => target !== '')
}

/** Of a wiki link with a text of its own or a heading, the note. */
function name (target: string): string {
  return target.split('|')[0]!.split('#')[0]!.trim()
}

async function wholeText ({ path, chunks }: InputFile): Promise<string> {
  let text = ''
  for await (const chunk of chunks()) {
    text += chunk
    if (text.length > 10_000_000) throw new ToolError(`${path} has more than 10,000,000 characters: that is no note.`)
  }
  return text
}
