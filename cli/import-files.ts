import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createDecoder } from '../lib/encoding/charset.ts'
import { type FileEncoding, detectFileEncoding, readLoosely } from '../lib/encoding/file.ts'
import {
  type ImportFormat,
  importFormats,
  type InputFile
} from '../domain/memory/transfer/import/index.ts'
import { Refusal, shown } from './arguments.ts'

const READ_BYTES = 1 << 18

export interface LeftOutFile {
  file: string
  why: string
}
export interface ImportFiles {
  files: InputFile[]
  left: LeftOutFile[]
  /** How files that are not UTF-8 are read. */
  warnings: string[]
  /** What cannot be read as it is. */
  broken: string[]
}

/** The file, or those of the folder that may be of the format, in order. Throws Refusal. */
export async function filesOf(
  path: string,
  format: ImportFormat,
  encoding: string | undefined
): Promise<ImportFiles> {
  const found: ImportFiles = { files: [], left: [], warnings: [], broken: [] }
  try {
    if (!(await stat(path)).isDirectory()) {
      await add(found, path, basename(path), { encoding })
      return found
    }
    const names = format.picks ? await walk(path, '', found.left) : []
    for (const name of names) {
      const isPicked = format.picks!(name)
      const uncertain = !isPicked && format.considers?.(name) === true
      if (isPicked || uncertain) await add(found, join(path, name), name, { encoding, uncertain })
      else found.left.push({ file: name, why: `not of ${format.title}'s files` })
    }
    if (found.files.length + found.broken.length === 0) throw nothingIn(path, format, names)
    return found
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(`${shown(path)} cannot be read: ${(error as Error).message}.`)
  }
}

function nothingIn(path: string, { title, takes }: ImportFormat, names: string[]): Refusal {
  const other = importFormats.find(
    ({ picks, title: name }) => name !== title && picks && names.some(picks)
  )
  const hint = other ? ` There are files of ${other.title}'s: use --from ${other.name}.` : ''
  return new Refusal(
    `In the folder ${shown(path)} is nothing that could be imported. ${title}: give ${takes}.${hint}`
  )
}

/** The files below, without hidden folders and without following symbolic links. */
async function walk(root: string, below: string, left: LeftOutFile[]): Promise<string[]> {
  const names: string[] = []
  const entries = await readdir(join(root, below), { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isSymbolicLink()) {
      left.push({ file: name, why: 'a symbolic link, which is not followed' })
    } else if (entry.name.startsWith('.') || entry.name === 'node_modules') {
      left.push({ file: name, why: 'hidden' })
    } else if (entry.isDirectory()) names.push(...(await walk(root, name, left)))
    else if (entry.isFile()) names.push(name)
    else left.push({ file: name, why: 'no file' })
  }
  return names.sort()
}

interface Reading {
  encoding: string | undefined
  uncertain?: boolean
}

async function add(
  found: ImportFiles,
  path: string,
  name: string,
  { encoding, uncertain = false }: Reading
): Promise<void> {
  await refusePacked(path)
  const file = await detectFileEncoding(
    () => createReadStream(path, { highWaterMark: READ_BYTES }),
    encoding
  ).catch((error: Error) => {
    found.broken.push(`${name} cannot be read: ${error.message}.`)
  })
  if (!file) return
  if ('fault' in file && file.encoding === undefined) {
    if (uncertain) found.left.push({ file: name, why: 'no text' })
    else found.broken.push(`${name}${file.fault}`)
    return
  }
  if ('fault' in file) found.broken.push(`${name}${file.fault}`)
  else if (file.encoding !== 'utf-8') {
    found.warnings.push(`${name} is not UTF-8; it was read as ${file.encoding}.`)
  }
  found.files.push({
    path: name,
    ...(uncertain && { uncertain }),
    chunks: () => chunksOf(path, file)
  })
}

async function* chunksOf(path: string, file: FileEncoding): AsyncGenerator<string> {
  const bytes = createReadStream(path, { highWaterMark: READ_BYTES })
  if ('fault' in file) return yield* readLoosely(bytes)
  const decoder = createDecoder(file.encoding)
  for await (const chunk of bytes) yield decoder.write(chunk as Buffer)
  yield decoder.end()
}

async function refusePacked(path: string): Promise<void> {
  const file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close())
  if (buffer.toString('latin1') === 'PK') {
    throw new Refusal(
      `${shown(path)} is a zip archive. Unpack it first, then give the folder or the file in it.`
    )
  }
  if (buffer[0] === 0x1f && buffer[1] === 0x8b) {
    throw new Refusal(
      `${shown(path)} is packed with gzip. Unpack it first (gunzip), then give the file.`
    )
  }
}
