import { type Command, Option } from 'commander'
import { MAX_COUNTED, type Page } from '../db/connection/page.ts'
import { wholeNumberParser } from './arguments.ts'

/** Rows that a list prints. */
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

export interface PageOptions {
  limit: number
  after?: string
}

/** Adds --limit and --after to a list. `idName` names the column that --after takes. */
export function addPageOptions(command: Command, idName: string): Command {
  return command
    .addOption(
      new Option('--limit <count>', `how many to list, at most ${MAX_LIMIT}`)
        .argParser(wholeNumberParser(1, MAX_LIMIT))
        .default(DEFAULT_LIMIT)
    )
    .option(`--after <${idName}>`, 'continue after this one, the last of the previous page')
}

/** A page as printed. If there is more, `next` is the value that --after takes to continue. */
export interface ListedPage<Row> {
  rows: Row[]
  total: number
  next?: string
}

/** Reads one page. It asks for one row more than the limit to know whether there is a next page. */
export async function readPage<Row>(
  { limit, after }: PageOptions,
  query: {
    list: (page: Page) => Promise<Row[]>
    count: () => Promise<number>
    id: (row: Row) => string
  }
): Promise<ListedPage<Row>> {
  const fetchedRows = await query.list({ limit: limit + 1, after })
  const pageRows = fetchedRows.slice(0, limit)
  const hasMore = fetchedRows.length > limit
  const rowCount = hasMore || after !== undefined ? await query.count() : pageRows.length
  return { rows: pageRows, total: rowCount, ...(hasMore && { next: query.id(pageRows.at(-1)!) }) }
}

/** The JSON members of a list that has a next page. */
export function nextPageMembers({ total, next }: ListedPage<unknown>): {
  total?: number
  next?: string
} {
  return next === undefined ? {} : { total, next }
}

/**
 * The text under a table that is not the whole list: the size of the list, and the command for the
 * next page. `command` and `options` repeat what the user typed.
 */
export function nextPageHint(
  { rows, total, next }: ListedPage<unknown>,
  command: string,
  options: Record<string, string | undefined> = {}
): string {
  if (next === undefined) return ''
  const totalText = total >= MAX_COUNTED ? `more than ${MAX_COUNTED - 1}` : String(total)
  const usedOptions = Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${value}`)
  const nextCommand = [command, ...usedOptions, '--after', next].join(' ')
  return `\n\nThis is ${rows.length} of ${totalText}. For the next page: ${nextCommand}`
}
