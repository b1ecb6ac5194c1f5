import { redactSecrets } from '../../../../../lib/secret-patterns.ts'
import { parseFrontMatter, scalarText } from '../front-matter.ts'
import { type ImportFormat, type ImportItem, type InputFile, shortDigest } from '../item.ts'
import { BrokenItemError } from '../run.ts'
import { baseName, folderOf, joinPath, readNoteText, readTextLines } from './note-text.ts'

/**
 * What people and agents write down for agents: CLAUDE.md, CLAUDE.local.md, AGENTS.md,
 * AGENTS.override.md, GEMINI.md, MEMORY.md, and Claude Code's automatic memory
 * (~/.claude/projects/<project>/memory/*.md). After code.claude.com/docs/en/memory, agents.md and
 * geminicli.com/docs/cli/gemini-md, November 2026. A section becomes a memory, as it is; a line of
 * "Gemini Added Memories" becomes a fact. `@path` brings another file in: a link, if it is here.
 */
export const agentFilesFormat: ImportFormat = {
  name: 'agent-files',
  title: 'CLAUDE.md, AGENTS.md, GEMINI.md, MEMORY.md',
  takes: 'the file, or a folder with such files in it',
  picks: isAgentFile,
  async *read(files) {
    const keysByPath = new Map<string, string>()
    const imports: Array<{ from: string; target: string }> = []
    for (const inputFile of files) {
      for (const item of await readAgentFile(inputFile)) {
        if ('target' in item) imports.push(item)
        else {
          yield item
          if ('memory' in item && !keysByPath.has(inputFile.path)) {
            keysByPath.set(inputFile.path, item.memory.key)
          }
        }
      }
    }
    for (const { from, target } of imports) {
      const targetKey = keysByPath.get(target)
      if (targetKey === undefined) yield { left: 'imports of files that are not here', count: 1 }
      else yield { link: { from: { key: from }, to: { key: targetKey }, type: 'imports' } }
    }
  }
}

const GEMINI_HEADING = 'Gemini Added Memories'

/** Whether a file has a name that agents look for. */
export function isAgentFile(path: string): boolean {
  return (
    /(^|\/)(?:CLAUDE(?:\.local)?|AGENTS(?:\.override)?|GEMINI|MEMORY)\.md$/i.test(path) ||
    /(^|\/)memory\/[^/]+\.md$/i.test(path)
  )
}

type FileItem = ImportItem | { from: string; target: string }

async function readAgentFile(inputFile: InputFile): Promise<FileItem[]> {
  const { path } = inputFile
  try {
    const { fields, body, warning } = parseFrontMatter(path, await readNoteText(inputFile))
    const isTopic = !/^(?:CLAUDE|AGENTS|GEMINI|MEMORY)\b/i.test(baseName(path))
    const sections = isTopic ? [{ heading: '', text: body }] : sectionsOf(body)
    const items = sections
      .filter(({ text }) => text.trim() !== '')
      .flatMap((section) => [...sectionItems(path, section, fields)])
    if (items.length === 0) items.push({ left: 'files without text', count: 1 })
    return [...(warning === undefined ? [] : [{ warning }]), ...items]
  } catch (error) {
    if (!(error instanceof BrokenItemError)) throw error
    return [{ broken: error.message }]
  }
}

interface Section {
  /** Its headings from the top, joined; empty for what stands before the first. */
  heading: string
  text: string
}

/** Splits a text at its headings of the first and second level. */
function sectionsOf(body: string): Section[] {
  const lines = body.split(/\r?\n/)
  const starts = [{ index: 0, heading: '' }]
  let topHeading = ''
  for (const { line, index } of readTextLines(body)) {
    const [, marks, heading = ''] = /^(#{1,2})[ \t]+(\S.*)$/.exec(line) ?? []
    if (marks === undefined) continue
    const name = heading.replaceAll('#', ' ').trim()
    if (marks === '#') topHeading = name
    const path = marks === '#' || topHeading === '' ? name : `${topHeading} / ${name}`
    starts.push({ index, heading: path })
  }
  return starts.map(({ index, heading }, place) => ({
    heading,
    text: lines
      .slice(index, starts[place + 1]?.index)
      .join('\n')
      .trim()
  }))
}

function* sectionItems(
  path: string,
  { heading, text }: Section,
  fields: Record<string, unknown>
): Generator<FileItem> {
  if (isOnlyHeading(text)) return
  const shared = {
    metadata: { file: path, heading, ...fields },
    tags: [baseName(path).replace(/\.md$/i, '')]
  }
  if (heading.endsWith(GEMINI_HEADING)) {
    for (const fact of listItemsOf(text)) {
      const key = `${path}#${shortDigest(fact)}`
      yield { memory: { ...shared, key, value: redactSecrets(fact), type: 'fact' } }
    }
    return
  }
  const key = heading === '' ? path : `${path}#${heading}`
  const type = scalarText(fields['type']) || (/memory/i.test(path) ? 'note' : 'instruction')
  yield { memory: { ...shared, key, value: redactSecrets(text), type } }
  for (const { line } of readTextLines(text)) {
    for (const [, target] of line.matchAll(/(?<![^\s(])@([\w./~-]{1,300}\.md)/gi)) {
      yield { from: key, target: joinPath(folderOf(path), target!) }
    }
  }
}

/** A heading whose text stands under the headings below it. */
function isOnlyHeading(text: string): boolean {
  return /^#{1,2}[ \t]/.test(text) && !text.includes('\n')
}

function listItemsOf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const trimmedLine = line.trim()
    return /^[-*+] \S/.test(trimmedLine) ? [trimmedLine.slice(2).trim()] : []
  })
}
