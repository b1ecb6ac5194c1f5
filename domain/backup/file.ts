import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { PassThrough, Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { BackupReader, type BackupReceiver, BrokenBackupError, type RowCounts } from './content.ts'

/** The first line of an encrypted backup; salt and IV follow it. A plain one is gzip. */
const ENCRYPTED_LINE = 'kagura-backup encrypted 1\n'
const SALT_BYTES = 16
const IV_BYTES = 12
const TAG_BYTES = 16
const START_BYTES = ENCRYPTED_LINE.length + SALT_BYTES + IV_BYTES
/** 64 MB and a quarter of a second for each guess (RFC 7914; OWASP's minimum is N = 2^17, r = 8). */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }

/**
 * Writes the lines into a new file that only its owner can read: gzip, and with a passphrase under
 * AES-256-GCM. The file appears under its name when it is complete and on the disk.
 */
export async function writeBackupFile(
  path: string,
  lines: AsyncIterable<string>,
  passphrase?: string
): Promise<void> {
  const unfinishedPath = `${path}.unfinished`
  try {
    await pipeline(
      Readable.from(lines),
      createGzip(),
      passphrase === undefined ? new PassThrough() : encryption(passphrase),
      createWriteStream(unfinishedPath, { flags: 'wx', mode: 0o600, flush: true })
    )
    await rename(unfinishedPath, path)
  } catch (error) {
    // Another backup that is under way keeps its file.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      await rm(unfinishedPath, { force: true })
    }
    throw error
  }
}

/**
 * Reads a whole backup and gives its parts to the receiver. Returns how many rows it has. Throws
 * BrokenBackupError: also for a wrong passphrase, which only the end of the file proves wrong.
 */
export async function readBackupFile(
  path: string,
  receiver: BackupReceiver,
  passphrase?: string
): Promise<RowCounts> {
  const reader = new BackupReader(receiver)
  await feedBackupFile(path, reader, passphrase)
  return reader.finish()
}

/** Pushes every line of the file into the reader. Throws what `readBackupFile` throws. */
export async function feedBackupFile(
  path: string,
  reader: BackupReader,
  passphrase?: string
): Promise<void> {
  const { isEncrypted, source, decryption } = await openStages(path, passphrase)
  let lineError: unknown
  try {
    await pipeline(source, decryption, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const line of splitLines(chunks)) {
        await reader.push(line).catch((error: unknown) => {
          throw (lineError = error)
        })
      }
    })
  } catch (error) {
    // Streams that are closed early may fail with an error of their own.
    if (lineError !== undefined) throw lineError
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!code.startsWith('Z_') && !/unable to authenticate/.test(message)) throw error
    throw new BrokenBackupError(
      isEncrypted
        ? 'The passphrase is wrong, or the file is damaged.'
        : 'The file is damaged, or it is not a backup of Kagura Memory.'
    )
  }
}

/** The file, and its decryption. Throws BrokenBackupError. */
async function openStages(
  path: string,
  passphrase: string | undefined
): Promise<{ isEncrypted: boolean; source: Readable; decryption: Transform }> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const start = (await file.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0)).buffer
    const isEncrypted = start.toString('latin1').startsWith(ENCRYPTED_LINE)
    if (!isEncrypted) {
      return { isEncrypted, source: createReadStream(path), decryption: new PassThrough() }
    }
    if (passphrase === undefined) {
      throw new BrokenBackupError('The backup is encrypted: name the file of its passphrase.')
    }
    if (size < START_BYTES + TAG_BYTES) throw new BrokenBackupError('The backup is cut off.')
    const tag = (await file.read(Buffer.alloc(TAG_BYTES), 0, TAG_BYTES, size - TAG_BYTES)).buffer
    const [salt, initVector] = splitStart(start)
    const decipher = createDecipheriv('aes-256-gcm', keyOf(passphrase, salt), initVector)
    return {
      isEncrypted,
      source: createReadStream(path, { start: START_BYTES, end: size - TAG_BYTES - 1 }),
      decryption: decipher.setAuthTag(tag)
    }
  } finally {
    await file.close()
  }
}

/** Encrypts what passes, behind the start of the file, and appends the tag. */
function encryption(passphrase: string): Transform {
  const start = Buffer.concat([Buffer.from(ENCRYPTED_LINE), randomBytes(SALT_BYTES + IV_BYTES)])
  const [salt, initVector] = splitStart(start)
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, salt), initVector)
  const transform = new Transform({
    transform: (chunk: Buffer, _, done) => done(null, cipher.update(chunk)),
    flush: (done) => done(null, Buffer.concat([cipher.final(), cipher.getAuthTag()]))
  })
  transform.push(start)
  return transform
}

function splitStart(start: Buffer): [salt: Buffer, initVector: Buffer] {
  const saltEnd = ENCRYPTED_LINE.length + SALT_BYTES
  return [start.subarray(ENCRYPTED_LINE.length, saltEnd), start.subarray(saltEnd)]
}

function keyOf(passphrase: string, salt: Buffer): Buffer {
  return scryptSync(passphrase.normalize('NFKC'), salt, 32, SCRYPT)
}

/** The lines of a stream, without their ends. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pieces: Buffer[] = []
  for await (const chunk of chunks) {
    let begin = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, begin)) {
      yield Buffer.concat([...pieces, chunk.subarray(begin, end)]).toString('utf8')
      pieces = []
      begin = end + 1
    }
    if (begin < chunk.length) pieces.push(chunk.subarray(begin))
  }
  if (pieces.length > 0) yield Buffer.concat(pieces).toString('utf8')
}
