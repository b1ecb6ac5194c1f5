import { readTextLines } from './note-text.ts'

/** A link of a note to another one or to a file, as it is written. */
export interface NoteLink {
  target: string
  /** The note shows its target inside: `![[target]]`. */
  isEmbed: boolean
  /** The target is a path relative to the note: `[text](target)`. */
  isPath: boolean
}

const MAX_TARGET = 1000
const wikiLink = new RegExp(String.raw`(!?)\[\[([^[\]]{1,${MAX_TARGET}})\]\]`, 'g')
const markdownLink = new RegExp(
  String.raw`(!?)\[[^[\]]{0,${MAX_TARGET}}\]\(<?([^()<>\s]{1,${MAX_TARGET}})>?\)`,
  'g'
)
/** A tag has letters, digits, `_`, `-` and `/`, and not only digits. */
const inlineTag = /(?<![^\s(,;])#([\p{L}\p{N}\p{M}_/-]{1,100})/gu

/** The links of a body, outside of code. */
export function linksOf(body: string): NoteLink[] {
  return [...readTextLines(body)].flatMap(({ line }) => {
    const text = withoutCode(line)
    return [
      ...[...text.matchAll(wikiLink)].map(([, embed, target]) => ({
        target: linkTarget(target!),
        isEmbed: embed === '!',
        isPath: false
      })),
      ...[...text.matchAll(markdownLink)]
        .filter(([, , target]) => !/^[a-z][a-z0-9+.-]*:|^#|^\/\//i.test(target!))
        .map(([, embed, target]) => ({
          target: linkTarget(decodeTarget(target!)),
          isEmbed: embed === '!',
          isPath: true
        }))
    ].filter(({ target }) => target !== '')
  })
}

/** The tags in the text of a body, each with the tags above it: `a/b` is also `a`. */
export function inlineTagsOf(body: string): string[] {
  return [...readTextLines(body)].flatMap(({ line }) =>
    [...withoutCode(line).matchAll(inlineTag)].flatMap(([, tag]) => nestedTags(tag!))
  )
}

/** A tag and the tags above it; nothing for a number, which Obsidian does not count as a tag. */
export function nestedTags(tag: string): string[] {
  const levels = tag.trim().replace(/^#/, '').split('/').filter(Boolean)
  if (!levels.some((level) => /\D/.test(level))) return []
  return levels.map((_, index) => levels.slice(0, index + 1).join('/'))
}

/** The note of a wiki link, without its heading, block and shown text. */
export function linkTarget(link: string): string {
  return link.split('|')[0]!.split(/[#^]/)[0]!.replace(/\\$/, '').trim()
}

function decodeTarget(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    return target
  }
}

/** The line without its inline code, whose text is no markup. */
function withoutCode(line: string): string {
  const parts = line.split('`')
  return parts.length < 3 ? line : parts.filter((_, index) => index % 2 === 0).join(' ')
}
