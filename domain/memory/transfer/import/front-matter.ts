import { parseDocument } from 'yaml'
import { isObject } from './json-values.ts'

/** Limits repetitions of anchors: a few lines of YAML can expand to millions of values. */
const MAX_ALIASES = 100
/** Fields that are read line by line if the YAML is invalid. */
const rescuedNames = new Set(['title', 'type', 'permalink', 'tags', 'created', 'modified', 'date'])

export interface FrontMatter {
  fields: Record<string, unknown>
  body: string
  warning?: string
}

/**
 * Splits a note into its front matter and its body. From invalid YAML it reads title, tags and
 * times line by line; if there are none, all is body. A warning tells about both.
 */
export function parseFrontMatter(path: string, noteText: string): FrontMatter {
  const [frontMatter, yaml = ''] =
    /^---[ \t]*\r?\n([^]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/.exec(noteText) ?? []
  if (frontMatter === undefined) return { fields: {}, body: noteText.trim() }
  const body = noteText.slice(frontMatter.length).trim()
  const { yamlFields, faultLine } = parseYaml(yaml)
  if (yamlFields) return { fields: yamlFields, body }
  const fields = rescueFields(yaml)
  const rescuedList = Object.keys(fields).join(', ')
  const faultText = `${path}, line ${faultLine}: the front matter is not valid YAML`
  if (rescuedList === '') {
    return {
      fields,
      body: noteText.trim(),
      warning: `${faultText}; the note is read as plain text.`
    }
  }
  return { fields, body, warning: `${faultText}; read line by line: ${rescuedList}.` }
}

/** Returns the fields, or the line of the file where the YAML is invalid. */
function parseYaml(yaml: string): { yamlFields?: Record<string, unknown>; faultLine?: number } {
  try {
    const yamlDocument = parseDocument(yaml, { logLevel: 'silent' })
    const [error] = yamlDocument.errors
    if (error) return { faultLine: (error.linePos?.[0].line ?? 0) + 1 }
    const value: unknown = yamlDocument.toJS({ maxAliasCount: MAX_ALIASES })
    if (value === null) return { yamlFields: {} }
    return isObject(value) ? { yamlFields: value } : { faultLine: 2 }
  } catch {
    return { faultLine: aliasLine(yaml) } // an alias without its anchor, or too many aliases
  }
}

/** The line of the first alias, counted in the file: the front matter begins in its second line. */
function aliasLine(yaml: string): number {
  return yaml.split(/\r?\n/).findIndex((line) => /[:\s-]\*\S/.test(line)) + 2
}

/** Reads `name: value` lines of the rescued names, and the list items after `tags:`. */
function rescueFields(yaml: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  let openList: string[] | undefined
  for (const line of yaml.split(/\r?\n/)) {
    const itemText = listItemText(line)
    if (itemText !== undefined && openList) {
      openList.push(unquoteValue(itemText))
      continue
    }
    openList = undefined
    const colonIndex = line.indexOf(':')
    const fieldName = line.slice(0, Math.max(colonIndex, 0)).trimEnd().toLowerCase()
    const fieldValue = line.slice(colonIndex + 1).trim()
    if (!rescuedNames.has(fieldName) || Object.hasOwn(fields, fieldName)) continue
    if (fieldName !== 'tags') {
      if (unquoteValue(fieldValue) !== '') fields[fieldName] = unquoteValue(fieldValue)
    } else if (fieldValue === '') fields[fieldName] = openList = []
    else {
      fields[fieldName] = fieldValue
        .replace(/^\s*\[|\]\s*$/g, '')
        .split(',')
        .map(unquoteValue)
    }
  }
  return fields
}

/** The text after the dash of a list item; undefined for other lines. */
function listItemText(line: string): string | undefined {
  const trimmedLine = line.trimStart()
  return /^-\s/.test(trimmedLine) ? trimmedLine.slice(1).trim() || undefined : undefined
}

/** Removes quotes, or the anchor before the value. */
function unquoteValue(text: string): string {
  const trimmedText = text.trim()
  return /^(["']).*\1$/.test(trimmedText) && trimmedText.length > 1
    ? trimmedText.slice(1, -1)
    : trimmedText.replace(/^&\S+\s+/, '')
}

/** A value as text: lists are joined by commas, objects and null are empty. */
export function scalarText(value: unknown): string {
  if (Array.isArray(value)) return value.map(scalarText).join(', ')
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : ''
}
