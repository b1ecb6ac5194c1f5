import type { Command } from 'commander'
import { printableJson } from '../lib/printable-json.ts'

export interface WithJson {
  json?: true
}

/** A group of subcommands about one noun. */
export function noun(parent: Command, name: string, description: string, example: string): Command {
  return parent.command(name).description(description).addHelpText('after', exampleText(example))
}

/** A subcommand with --json. `usage`: its name and arguments. */
export function subcommand(
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
  return `\nExample:\n  $ ${example.replace(/\bkagura /, 'npx kagura ')}\n`
}

/** Prints a result: as one JSON object, or in the words that `text` finds for it. */
export function print<T extends object>(
  { json }: WithJson,
  result: T,
  text: (result: T) => string
): void {
  process.stdout.write(
    `${json ? printableJson(JSON.stringify(result)) : harmless(text(result).trimEnd())}\n`
  )
}

/** Names that others chose must not steer the terminal. */
function harmless(text: string): string {
  return text.replace(/[^\P{C}\n]|[\u2028\u2029]/gu, '\uFFFD')
}

/** Rows under a head, in columns. `none` is said when there is no row. */
export function table(head: string[], rows: string[][], none: string): string {
  if (rows.length === 0) return none
  return aligned([head.map((title) => title.toUpperCase()), ...rows])
}

/** Lines of a label and its value. */
export function fields(pairs: Array<[label: string, value: string | undefined]>): string {
  return aligned(
    pairs
      .filter(([, value]) => value !== undefined)
      .map(([label, value]) => [`  ${label}:`, value!])
  )
}

function aligned(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

/** A time in UTC to the minute, or `never`. */
export function minute(time: Date | null, never = 'never'): string {
  return time === null ? never : time.toISOString().slice(0, 16).replace('T', ' ')
}

/** `1 memory`, `2 memories`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
