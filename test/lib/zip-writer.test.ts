import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import yauzl from 'yauzl'
import { zipArchive } from '../../lib/zip-writer.ts'
import { temporaryDirectory } from '../support/helper.ts'

const directory = temporaryDirectory(t)

async function written(files: Iterable<{ name: string; content: string }>): Promise<string> {
  const path = join(directory, `${Math.random()}.zip`)
  await pipeline(Readable.from(zipArchive(files)), createWriteStream(path))
  return path
}

t.test('a zip archive is read back with its names and contents', async (t) => {
  const files = [
    { name: 'global/é 😀.md', content: 'x'.repeat(100_000) },
    { name: 'empty.md', content: '' }
  ]
  const zipFile = await yauzl.openPromise(await written(files), { autoClose: false })
  const readFiles: typeof files = []
  for await (const entry of zipFile.eachEntry()) {
    const parts: Buffer[] = []
    const content = await zipFile.openReadStreamPromise(entry)
    for await (const part of content) parts.push(part as Buffer)
    readFiles.push({ name: entry.fileName, content: Buffer.concat(parts).toString() })
  }
  zipFile.close()
  t.same(readFiles, files)
})

t.test('an archive of more files than zip counts ends in the form of zip64', async (t) => {
  const files = Array.from({ length: 65_600 }, (_, index) => ({ name: `${index}`, content: '' }))
  const zipFile = await yauzl.openPromise(await written(files), { autoClose: false })
  t.equal(zipFile.entryCount, files.length)
  zipFile.close()
})
