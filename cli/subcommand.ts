import type { Command } from 'commander'
import { printableJson } from '../lib/printable-json.ts'
import { terminal } from './terminal.ts'
import { commandName } from '../lib/command-name.ts'

export interface WithJson {
  json?: true
}

/** Adds a group of subcommands about one noun. */
export function addCommandGroup(
  parent: Command,
  name: string,
  description: string,
  example: string
): Command {
  return parent.command(name).description(description).addHelpText('after', exampleText(example))
}

/** Adds a subcommand with --json. `usage` is its name with its arguments. */
export function addSubcommand(
  parent: Command,
  usage: string,
  description: string,
  example: string,
  options?: { isDefault: boolean }
): Command {
  return parent
    .command(usage, options)
    .description(description)
    .addHelpText('after', exampleText(example))
    .option('--json', 'print the result as one JSON object')
}

function exampleText(example: string): string {
  return `\nExample:\n  $ ${example.replace(/\bkagura /, `${commandName} `)}\n`
}

/** Prints the result: as one JSON object with --json, else as `formatText` words it. */
export function printResult<T extends object>(
  { json }: WithJson,
  result: T,
  formatText: (result: T) => string
): void {
  terminal().stdout.write(
    json
      ? `${printableJson(JSON.stringify(result))}\n`
      : `${replaceControlCharacters(formatText(result).trimEnd())}\n`
  )
}

/** Names come from other people. Their control characters could change what the terminal shows. */
function replaceControlCharacters(text: string): string {
  return text.replace(/[^\P{C}\n]|[\u2028\u2029]/gu, '\uFFFD')
}

/** Formats rows in columns under a header, or returns `emptyText` if there are none. */
export function formatTable(header: string[], rows: string[][], emptyText: string): string {
  if (rows.length === 0) return emptyText
  return alignColumns([header.map((title) => title.toUpperCase()), ...rows])
}

/** A heading and the table under it, as one text each; nothing if there are no rows. */
export function titledTable(title: string, header: string[], rows: string[][]): string[] {
  return rows.length === 0 ? [] : [title, formatTable(header, rows, '')]
}

/** Formats one line for each label that has a value. */
export function formatFields(pairs: Array<[label: string, value: string | undefined]>): string {
  return alignColumns(
    pairs
      .filter(([, value]) => value !== undefined)
      .map(([label, value]) => [`  ${label}:`, value!])
  )
}

function alignColumns(rows: string[][]): string {
  const columnWidths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(columnWidths[column]!))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

/** Formats a time in UTC to the minute; null becomes `never`. */
export function formatMinute(time: Date | null): string {
  return time === null ? 'never' : time.toISOString().slice(0, 16).replace('T', ' ')
}

/** `1 memory`, `2 memories`. */
export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`
}

/** Marks a secret that no later command can print. */
export function formatSecret(secret: string): string {
  return `${secret}   (shown once: save it now)`
}
