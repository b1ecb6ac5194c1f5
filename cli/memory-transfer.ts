import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Writable } from 'node:stream'
import type { Command } from 'commander'
import {
  createDecoder,
  markOf,
  type StreamDecoder,
  WrongEncodingError
} from '../lib/encoding/charset.ts'
import { importFormats } from '../domain/memory/transfer/import/index.ts'
import { GLOBAL_NAMESPACE } from '../domain/memory/fields.ts'
import {
  exportJsonLines,
  importJsonLines,
  type ImportResult
} from '../domain/memory/transfer/index.ts'
import { ToolError } from '../lib/tool-error.ts'
import { emailAddress, nameOf, Refusal, shown } from './arguments.ts'
import { audit, withDatabase, withTransaction } from './database.ts'
import { encodingGiven, formatGiven, importForeign } from './memory-import.ts'
import { print, subcommand, table, type WithJson } from './subcommand.ts'
import { userOf } from './user/record.ts'

/** Lines after which a person at a terminal is told how far it is. */
const PROGRESS = 500

export function addTransferCommands(group: Command): void {
  subcommand(
    group,
    'export',
    'Writes all memories of a person with their versions, deleted ones too, and their links, as JSON Lines: one line for each.',
    'kagura memory export --user ada@example.com ada.jsonl'
  )
    .requiredOption('--user <email>', 'whose memories', emailAddress)
    .argument('[file]', 'a new file; otherwise standard output, and no --json')
    .action(exportMemories)
  subcommand(
    group,
    'import',
    'Takes in what export wrote, with ids, versions and times, all of it or nothing. Memories that are there already stay as they are. With --from: what another product gave.',
    'kagura memory import --user ada@example.com ada.jsonl --dry-run'
  )
    .requiredOption('--user <email>', 'whose memories they become', emailAddress)
    .option('--dry-run', 'only tell what would come in')
    .option(
      '--from <format>',
      `what another product gave: ${importFormats.map(({ name }) => name).join(', ')}`,
      formatGiven
    )
    .option('--namespace <name>', 'the namespace that these get', nameOf(128), GLOBAL_NAMESPACE)
    .option(
      '--skip-broken',
      'with --from: take the rest where a conversation, note or memory is broken, and list what is skipped'
    )
    .option(
      '--encoding <name>',
      'with --from: how the files are encoded, if not UTF-8 and guessed wrong',
      encodingGiven
    )
    .argument('<file>', 'the file, or - for standard input; with --from also a folder')
    .action(importMemories)
}

interface Transfer extends WithJson {
  user: string
  dryRun?: true
}
type Import = Transfer & { from?: string; namespace: string; skipBroken?: true; encoding?: string }

async function exportMemories(
  file: string | undefined,
  { user: email, ...options }: Transfer,
  command: Command
): Promise<void> {
  if (file === undefined && options.json) {
    command.error('error: with --json name a file for the memories')
  }
  const out: Writable = file === undefined ? process.stdout : await newFile(file)
  const exported = await withDatabase(async (db) => {
    const counted = await db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (trx) => {
        const { user_id: userId } = await userOf(trx, email)
        let lines = 0
        for await (const line of exportJsonLines(trx, userId)) {
          if (!out.write(`${line}\n`)) await once(out, 'drain')
          tell(++lines)
        }
        return { user_id: userId, lines }
      })
    await db.transaction().execute((trx) =>
      audit(trx, 'memory.exported', {
        user_id: counted.user_id,
        details: { lines: counted.lines }
      })
    )
    return counted
  })
  if (file === undefined) return
  out.end()
  await finished(out)
  print(
    options,
    { ...exported, file },
    ({ lines }) => `Wrote ${lines} lines to ${file}. They are not encrypted.`
  )
}

async function importMemories(file: string, given: Import): Promise<void> {
  const { user: email, dryRun, from, ...options } = given
  if (from !== undefined) return importForeign(file, { ...given, from })
  let dry: (ImportResult & { user_id: string }) | undefined
  const work = () =>
    withTransaction(async (trx) => {
      const { user_id: userId } = await userOf(trx, email)
      const imported = { user_id: userId, ...(await importJsonLines(trx, userId, linesOf(file))) }
      if (dryRun) {
        dry = imported
        throw new DryRun()
      }
      const { conflicts, user_id: _, ...counts } = imported
      await audit(trx, 'memory.imported', {
        user_id: userId,
        details: { ...counts, conflicts: conflicts.length }
      })
      return imported
    })
  const imported = await work().catch((error: unknown) => {
    if (error instanceof DryRun) return dry!
    throw error instanceof ToolError ? new Refusal(`${error.message} Nothing was imported.`) : error
  })
  print(
    options,
    { ...imported, dry_run: dryRun === true },
    ({ memories, versions, known, conflicts, links, links_left_out: leftOut }) =>
      [
        `${dryRun ? 'Would come in' : 'Came in'}: ${memories} ${memories === 1 ? 'memory' : 'memories'}, ${versions} former ${versions === 1 ? 'version' : 'versions'}, ${links} ${links === 1 ? 'link' : 'links'}. There already: ${known}.`,
        ...(leftOut > 0
          ? [
              `Links left out, because what they link did not come in, or is linked already: ${leftOut}`
            ]
          : []),
        ...(conflicts.length === 0
          ? []
          : [
              `Left out, because another memory has the key: ${conflicts.length}`,
              table(
                ['namespace', 'key'],
                conflicts.map((one) => [one.agent_name, one.key]),
                ''
              )
            ])
      ].join('\n')
  )
}

/** Ends the transaction of a dry run. */
class DryRun extends Error {}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  try {
    if (file !== '-') await once(input, 'open')
    let lines = 0
    let rest = ''
    for await (const text of textOf(
      input,
      () => `${file === '-' ? 'The input' : shown(file)}, line ${lines + 1},`
    )) {
      const whole = (rest + text).split('\n') // not by readline, for which U+2028 ends a line, too
      rest = whole.pop()!
      for (const line of whole) {
        tell(++lines)
        yield line
      }
    }
    yield rest
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR'
      ? new Refusal(`${shown(file)} cannot be read: ${message}.`)
      : error
  }
}

/**
 * UTF-8, or UTF-16 with its mark, as PowerShell writes what a command prints. Throws Refusal for
 * other bytes; `place` says where the reader is.
 */
async function* textOf(
  input: AsyncIterable<Buffer | string>,
  place: () => string
): AsyncGenerator<string> {
  let decoder: StreamDecoder | undefined
  try {
    for await (const bytes of input) {
      decoder ??= createDecoder(markOf(bytes as Buffer) ?? 'utf-8')
      yield decoder.write(bytes as Buffer)
    }
    yield decoder?.end() ?? ''
  } catch (error) {
    if (!(error instanceof WrongEncodingError)) throw error
    throw new Refusal(
      `${place()} or one soon after it is not valid ${error.message}. Nothing was imported. Save the file as UTF-8.`
    )
  }
}

/** Readable by its owner only. Throws Refusal when there is such a file. */
async function newFile(file: string): Promise<Writable> {
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 })
  try {
    await once(out, 'open')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Refusal(
      code === 'EEXIST'
        ? `${shown(file)} is there already. Choose another name, or remove it.`
        : `${shown(file)} cannot be written: ${message}.`
    )
  }
  return out
}

function tell(lines: number): void {
  if (process.stderr.isTTY && lines % PROGRESS === 0) process.stderr.write(`\r${lines} lines`)
}
