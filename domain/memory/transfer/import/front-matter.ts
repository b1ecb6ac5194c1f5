import { parseDocument } from 'yaml'
import { isObject } from './json-values.ts'

/** Anchors may be used that often: a few lines of YAML can name millions of values. */
const MAX_ALIASES = 100
/** What is read line by line where YAML cannot. */
const RESCUED = new Set(['title', 'type', 'permalink', 'tags', 'created', 'modified', 'date'])

export interface FrontMatter {
  fields: Record<string, unknown>
  body: string
  warning?: string
}

/**
 * The front matter of a note, and what follows it. Where it is no YAML, title, tags and times are
 * read line by line; where there are none, all is text. Both are told.
 */
export function parseFrontMatter(path: string, text: string): FrontMatter {
  const [whole, yaml = ''] = /^---[ \t]*\r?\n([^]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/.exec(text) ?? []
  if (whole === undefined) return { fields: {}, body: text.trim() }
  const body = text.slice(whole.length).trim()
  const { value, line } = read(yaml)
  if (value) return { fields: value, body }
  const fields = rescued(yaml)
  const place = `${path}, line ${line}: the front matter is no YAML`
  if (Object.keys(fields).length === 0) {
    return { fields, body: text.trim(), warning: `${place}; the note comes in as plain text.` }
  }
  return {
    fields,
    body,
    warning: `${place}; read line by line: ${Object.keys(fields).join(', ')}.`
  }
}

/** The fields, or the line of the file where they cannot be read. */
function read(yaml: string): { value?: Record<string, unknown>; line: number } {
  try {
    const document = parseDocument(yaml, { logLevel: 'silent' })
    const [error] = document.errors
    if (error) return { line: (error.linePos?.[0].line ?? 0) + 1 }
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    if (value === null) return { value: {}, line: 1 }
    return isObject(value) ? { value, line: 1 } : { line: 2 }
  } catch {
    return { line: aliasLine(yaml) } // an alias without its anchor, or too many of them
  }
}

function aliasLine(yaml: string): number {
  const at = yaml.split(/\r?\n/).findIndex((line) => /[:\s-]\*\S/.test(line))
  return at + 2
}

/** `name: value` lines of the names that are known, and the list items that follow tags. */
function rescued(yaml: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  let list: string[] | undefined
  for (const line of yaml.split(/\r?\n/)) {
    const item = listItem(line)
    if (item !== undefined && list) {
      list.push(unquoted(item))
      continue
    }
    list = undefined
    const colon = line.indexOf(':')
    const field = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (!RESCUED.has(field) || Object.hasOwn(fields, field)) continue
    if (field !== 'tags') {
      if (unquoted(value) !== '') fields[field] = unquoted(value)
    } else if (value.trim() === '') fields[field] = list = []
    else {
      fields[field] = value
        .replace(/^\s*\[|\]\s*$/g, '')
        .split(',')
        .map(unquoted)
    }
  }
  return fields
}

/** What follows the dash of a list item. */
function listItem(line: string): string | undefined {
  const text = line.trimStart()
  return /^-\s/.test(text) ? text.slice(1).trim() || undefined : undefined
}

function unquoted(text: string): string {
  const value = text.trim()
  return /^(["']).*\1$/.test(value) && value.length > 1
    ? value.slice(1, -1)
    : value.replace(/^&\S+\s+/, '')
}

/** A value as text: a list by commas, nothing for what is none. */
export function scalarText(value: unknown): string {
  if (Array.isArray(value)) return value.map(scalarText).join(', ')
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
}
