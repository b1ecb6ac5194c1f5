import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Db } from '../db/connect.ts'
import type { Source } from '../db/tables/index.ts'
import { type Format, formats, type InputFile } from '../tools/imports/index.ts'
import { nothingTaken, takeIn, type Taken } from '../tools/imports/take-in.ts'
import { ToolError } from '../tools/tool.ts'
import { Refusal, shown } from './arguments.ts'
import { audit, withDatabase } from './database.ts'
import { print, table, type WithJson } from './subcommand.ts'
import { userOf } from './user.ts'

/** Memories and links after which a log is told how far it is, and a person at a terminal. */
const PROGRESS = { log: 500, terminal: 100 }

export interface ForeignImport extends WithJson { user: string, from: string, namespace: string, dryRun?: boolean | undefined }

/** The format of that name. Throws Refusal. */
export function formatGiven (name: string): string {
  if (!formats.some((format) => format.name === name)) throw new Refusal(`There is no format ${shown(name)}. The formats are: ${formats.map((format) => format.name).join(', ')}.`)
  return name
}

export async function importForeign (path: string, { user, from, namespace, dryRun, ...options }: ForeignImport): Promise<void> {
  const said = await withDatabase((db) => takeInFrom(db, path, { user, from, namespace, dryRun }))
  print(options, said, (result) => summary(result, user))
}

/** Looks through all of it first, so that a bad file changes nothing; then takes it in. Throws Refusal. */
export async function takeInFrom (db: Db, path: string, { user: email, from, namespace, dryRun = false }: Pick<ForeignImport, 'user' | 'from' | 'namespace' | 'dryRun'>) {
  const format = formats.find(({ name }) => name === from)!
  const files = await filesOf(path, format)
  const { user_id: userId } = await db.transaction().execute((trx) => userOf(trx, email))
  const total = await lookThrough(format, files)
  const source: Source = { kind: 'command', name: `import from ${format.title}` }
  const taken = nothingTaken()
  try {
    await takeIn(db, format.read(files), taken, { user_id: userId, source, agent_name: namespace, dry: dryRun, tell: progress(total) })
  } catch (error) {
    throw new Refusal(`${(error as Error).message} ${soFar(taken)}`, { cause: error })
  }
  const { examples, warnings, ...counts } = taken
  if (!dryRun && taken.created + taken.changed + taken.links > 0) {
    await db.transaction().execute((trx) => audit(trx, 'memory.imported', { user_id: userId, details: { from: format.name, ...counts } }))
  }
  return { user_id: userId, from: format.name, written_as: source.name, dry_run: dryRun, ...taken }
}

function soFar ({ created, changed, links }: Taken): string {
  return created + changed + links === 0 ? 'Nothing was imported.' : `${created + changed} memories and ${links} links were imported before; the same command again goes on from there.`
}

function summary ({ dry_run: dry, written_as: name, created, changed, unchanged, kept, examples, warnings, ...links }: Taken & { dry_run: boolean, written_as: string }, email: string): string {
  const would = dry ? 'would be ' : ''
  return [
    `Memories: ${created} ${would}created, ${changed} ${would}changed, ${unchanged} unchanged, ${kept} ${would}left as they were changed or deleted here.`,
    `Links: ${links.links} ${would}created, ${links.links_unchanged} unchanged, ${links.links_left_out} left out.`,
    ...(examples.length > 0 ? [table(['change', 'key', 'value'], examples.map(({ change, key, value }) => [change, key, value]), '')] : []),
    ...warnings.slice(0, 10),
    ...(warnings.length > 10 ? [`... and ${warnings.length - 10} more like that.`] : []),
    ...(!dry && created + changed + links.links > 0 ? [`To take it back: npx kagura memory undo --user ${email} --client "${name}" --since 1h`] : [])
  ].join('\n')
}

/** Reads everything once and writes nothing; the number of memories and links. Throws Refusal. */
async function lookThrough (format: Format, files: InputFile[]): Promise<number> {
  let total = 0
  try {
    for await (const item of format.read(files)) if (!('warning' in item)) total++
  } catch (error) {
    throw error instanceof ToolError ? new Refusal(`${error.message} Nothing was imported.`) : error
  }
  if (total === 0) throw new Refusal(`There is nothing to import in it. ${format.title}: give ${format.takes}.`)
  return total
}

function progress (total: number): (done: number) => void {
  const terminal = process.stderr.isTTY
  const step = terminal ? PROGRESS.terminal : PROGRESS.log
  let told = 0
  return (done) => {
    if (done - told < step) return
    told = done
    process.stderr.write(terminal ? `\r${done} of ${total}` : `${done} of ${total}\n`)
  }
}

/** The file, or those of the folder that the format is made of, in order. Throws Refusal. */
async function filesOf (path: string, { title, takes, picks }: Format): Promise<InputFile[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [await input(path, basename(path))]
    const names = picks ? (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)) : []
    const below = names.map((name) => name.slice(join(path, '/').length).replaceAll('\\', '/')).filter((name) => picks!(name)).sort()
    if (below.length === 0) throw new Refusal(`In the folder ${shown(path)} is nothing that could be imported. ${title}: give ${takes}.`)
    return await Promise.all(below.map((name) => input(join(path, name), name)))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(`${shown(path)} cannot be read: ${(error as Error).message}.`)
  }
}

async function input (path: string, name: string): Promise<InputFile> {
  const file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close())
  if (buffer.toString('latin1') === 'PK') throw new Refusal(`${shown(path)} is a zip archive. Unpack it first, then give the folder or the file in it.`)
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) throw new Refusal(`${shown(path)} is packed with gzip. Unpack it first (gunzip), then give the file.`)
  return { path: name, chunks: () => createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 18 }) }
}
