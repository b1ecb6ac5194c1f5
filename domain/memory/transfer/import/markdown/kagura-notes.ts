import { parseNote } from '../../markdown/note.ts'
import { thingOf, wikiTarget } from '../../markdown/note-links.ts'
import type { ForeignLink, ImportFormat, ImportItem, InputFile, LinkEnd } from '../item.ts'
import { arrayOrEmpty, isObject, textOrEmpty } from '../json-values.ts'
import { BrokenItemError } from '../run.ts'
import { parseForeignTime } from '../time.ts'
import { NOTE_EXTENSION, readNoteText } from './note-text.ts'

/**
 * The Markdown that this product exports, also after it was edited. Namespaces, keys and all other
 * fields come back as they were; times of creation, former versions and ended links do not.
 */
export const kaguraNotesFormat: ImportFormat = {
  name: 'kagura-markdown',
  title: 'Markdown of Kagura Memory',
  takes: 'the zip or the folder that the Markdown export wrote',
  picks: (path) => NOTE_EXTENSION.test(path),
  async *read(files) {
    const ends = new Map<string, LinkEnd>()
    const links: NoteLink[] = []
    for (const inputFile of files) {
      try {
        yield* readNote(inputFile, ends, links)
      } catch (error) {
        if (!(error instanceof BrokenItemError)) throw error
        yield { broken: error.message }
      }
    }
    for (const { from, to, type } of links) {
      const fromEnd = typeof from === 'string' ? findEnd(from, ends) : from
      const toEnd = typeof to === 'string' ? findEnd(to, ends) : to
      if (fromEnd && toEnd) yield { link: { from: fromEnd, to: toEnd, type } }
      else yield { left: 'links to notes that are not here', count: 1 }
    }
  }
}

/** A link whose ends are memories, or targets of wiki links that are found at the end. */
interface NoteLink extends Pick<ForeignLink, 'type'> {
  from: LinkEnd | string
  to: LinkEnd | string
}

async function* readNote(
  inputFile: InputFile,
  ends: Map<string, LinkEnd>,
  links: NoteLink[]
): AsyncGenerator<ImportItem> {
  const { path } = inputFile
  const note = parseNote(path, await readNoteText(inputFile))
  if (!note) {
    yield { left: 'notes that Kagura Memory did not write', count: 1 }
    return
  }
  const { properties, value } = note
  if ('kagura_links' in properties) {
    links.push(...linksOfLines(value))
    return
  }
  const key = textOrEmpty(properties['key'])
  const namespace = textOrEmpty(properties['namespace'])
  if (key === '' || namespace === '') {
    throw new BrokenItemError(`${path} has no key or no namespace in its properties.`)
  }
  const end = { key, agent_name: namespace }
  ends.set(foldPath(path.replace(NOTE_EXTENSION, '')), end)
  yield {
    memory: {
      key,
      value,
      tags: arrayOrEmpty(properties['tags']),
      metadata: isObject(properties['metadata']) ? properties['metadata'] : {},
      ...(typeof properties['importance'] === 'number' && { importance: properties['importance'] }),
      ...(typeof properties['pinned'] === 'boolean' && { pinned: properties['pinned'] }),
      type: textOrEmpty(properties['type']),
      speaker: textOrEmpty(properties['speaker']),
      session_id: textOrEmpty(properties['session_id']),
      occurred_at: timeOf(path, properties, 'occurred_at'),
      expires_at: timeOf(path, properties, 'expires_at'),
      exported: { agent_name: namespace, version: textOrEmpty(properties['version']) }
    }
  }
  links.push(...linksOfProperties(properties, end))
}

/** Throws BrokenItemError for a text that is no clear time. */
function timeOf(path: string, properties: Record<string, unknown>, name: string): Date | null {
  const rawTime = properties[name]
  if (rawTime === undefined || rawTime === null || rawTime === '') return null
  const time = parseForeignTime(rawTime)
  if (time) return time
  throw new BrokenItemError(`${path}: ${name} "${String(rawTime).slice(0, 40)}" is no clear time.`)
}

function linksOfProperties(properties: Record<string, unknown>, memory: LinkEnd): NoteLink[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    const [, direction, type] = /^(link|linked_by)_([^]+)$/.exec(name) ?? []
    if (type === undefined) return []
    return [value]
      .flat()
      .flatMap((text) => wikiTarget(textOrEmpty(text)) ?? [])
      .map((target) =>
        direction === 'link'
          ? { from: memory, to: target, type }
          : { from: target, to: memory, type }
      )
  })
}

function linksOfLines(text: string): NoteLink[] {
  return text.split('\n').flatMap((line) => {
    const [, from, type, to] = /^- (\[\[[^\]]+\]\]) (\S+) (\[\[[^\]]+\]\])\s*$/.exec(line) ?? []
    if (type === undefined) return []
    const fromTarget = wikiTarget(from!)
    const toTarget = wikiTarget(to!)
    return fromTarget && toTarget
      ? [{ from: fromTarget, to: toTarget, type: decodeURIComponent(type) }]
      : []
  })
}

/** The note at a path below any folder, or the thing that the target names. */
function findEnd(target: string, ends: ReadonlyMap<string, LinkEnd>): LinkEnd | undefined {
  return thingOf(target) ?? ends.get(foldPath(target))
}

function foldPath(path: string): string {
  return path.normalize('NFC').toLowerCase().split('/').slice(-2).join('/')
}
