import { deleteCodeFiles, deleteCodeFilesExcept, insertCodeFiles } from '../../db/code/files.ts'
import { insertCodePieces } from '../../db/code/pieces.ts'
import { insertCodePostings } from '../../db/code/postings.ts'
import { findCodeUsage, lockCodeProject, recountCodeProject } from '../../db/code/projects.ts'
import type { Trx } from '../../db/connection/connect.ts'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { ParsedFile } from './sent-files.ts'

/** Raised when what is kept of a file changes: it is read anew then. */
export const INDEX_VERSION = 3

interface Work {
  read: readonly ParsedFile[]
  gone: readonly string[]
  /** The only ones that stay. */
  keep: readonly string[] | undefined
}

/**
 * Throws ToolError over the quota: what others of the user's projects are growing by at this
 * instant is not seen.
 */
export async function writeIndex(
  trx: Trx,
  { principal: { user_id: userId }, codeQuota: quota }: CallContext,
  projectId: string,
  { read, gone, keep }: Work
) {
  const no = await lockCodeProject(trx, userId, projectId)
  const before = await findCodeUsage(trx, userId)
  let dropped = await deleteCodeFiles(trx, userId, no, gone)
  if (keep) dropped += await deleteCodeFilesExcept(trx, userId, no, keep)
  await deleteCodeFiles(
    trx,
    userId,
    no,
    read.map(({ path }) => path)
  )
  const numbers = await insertCodeFiles(
    trx,
    userId,
    no,
    read.map(({ path, language, content, hash, reading }) => ({
      path,
      language,
      content_hash: hash,
      index_version: INDEX_VERSION,
      bytes: Buffer.byteLength(content),
      lines: reading.lines,
      parsed: reading.parsed,
      symbols: JSON.stringify(reading.symbols),
      imports: JSON.stringify(reading.imports),
      provides: JSON.stringify(reading.provides)
    }))
  )
  const usage = await recountCodeProject(trx, userId, no)
  refuseOverQuota(before, await findCodeUsage(trx, userId), quota)
  await insertCodePieces(
    trx,
    userId,
    no,
    read.flatMap(({ path, reading }) =>
      reading.pieces.map((piece, i) => ({ ...piece, file_no: numbers.get(path)!, piece_no: i + 1 }))
    )
  )
  await insertCodePostings(
    trx,
    userId,
    no,
    read.flatMap(({ path, reading }) =>
      reading.postings.map(([term, hits]) => ({ term, file_no: numbers.get(path)!, hits }))
    )
  )
  return { usage, dropped }
}

function refuseOverQuota(
  before: { files: number; bytes: number },
  after: { files: number; bytes: number },
  quota: { files: number; bytes: number }
): void {
  for (const [what, setting] of [
    ['files', 'CODE_QUOTA_FILES'],
    ['bytes', 'CODE_QUOTA_BYTES']
  ] as const) {
    if (after[what] <= quota[what] || after[what] <= before[what]) continue
    throw new ToolError(
      `The quota of ${quota[what]} ${what} of source code is used up, and nothing of this call was indexed. Leave out generated and vendored files, forget projects with complete: true and no files, or ask the administrator for more (${setting}).`
    )
  }
}
