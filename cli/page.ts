import { type Command, Option } from 'commander'
import { MAX_COUNTED, type Page } from '../db/connection/page.ts'
import { wholeNumber } from './arguments.ts'

/** So many rows a list prints, unless told otherwise, and at most. */
const LIMIT = 100
const MAX_LIMIT = 1000

export interface PageOptions {
  limit: number
  after?: string
}

/** Gives a list its --limit and --after. `id`: what `--after` takes, as the list names it. */
export function paged(command: Command, id: string): Command {
  return command
    .addOption(
      new Option('--limit <count>', `how many to list, at most ${MAX_LIMIT}`)
        .argParser(wholeNumber(1, MAX_LIMIT))
        .default(LIMIT)
    )
    .option(`--after <${id}>`, 'go on behind this one, the last of the page before')
}

/** A page as it is printed: `next` is what --after takes to go on, if there is more. */
export interface ListedPage<Row> {
  rows: Row[]
  total: number
  next?: string
}

/** Reads one page, one row more than is shown to know whether there is another. */
export async function readPage<Row>(
  { limit, after }: PageOptions,
  read: {
    list: (page: Page) => Promise<Row[]>
    count: () => Promise<number>
    id: (row: Row) => string
  }
): Promise<ListedPage<Row>> {
  const found = await read.list({ limit: limit + 1, after })
  const rows = found.slice(0, limit)
  const hasMore = found.length > limit
  const total = hasMore || after !== undefined ? await read.count() : rows.length
  return { rows, total, ...(hasMore && { next: read.id(rows.at(-1)!) }) }
}

/** What the JSON of a list says beside its rows, where there is more. */
export function pageMembers({ total, next }: ListedPage<unknown>): {
  total?: number
  next?: string
} {
  return next === undefined ? {} : { total, next }
}

/**
 * The line under a table that is not the whole list: how much there is, and how to go on.
 * `command`: what was typed, with the options that choose rows.
 */
export function pageLine(
  { rows, total, next }: ListedPage<unknown>,
  command: string,
  options: Record<string, string | undefined> = {}
): string {
  if (next === undefined) return ''
  const all = total >= MAX_COUNTED ? `more than ${MAX_COUNTED - 1}` : String(total)
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const again = [command, ...given.map(([name, value]) => `--${name} ${value}`), '--after', next]
  return `\n\nThese are ${rows.length} of ${all}. To go on: ${again.join(' ')}`
}
