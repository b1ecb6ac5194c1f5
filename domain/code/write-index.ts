import {
  deleteCodeFiles,
  deleteCodeFilesExcept,
  insertCodeFiles,
  type NewCodeFile
} from '../../db/code/files.ts'
import { insertCodePieces } from '../../db/code/pieces.ts'
import { insertCodePostings } from '../../db/code/postings.ts'
import {
  type CodeUsage,
  findCodeUsage,
  lockCodeProject,
  recountCodeProject
} from '../../db/code/projects.ts'
import type { Trx } from '../../db/connection/connect.ts'
import type { CallContext } from '../context.ts'
import { ToolError } from '../../lib/tool-error.ts'
import type { ParsedFile } from './sent-files.ts'

/** Increase it when what the index stores of a file changes: files are then indexed anew. */
export const INDEX_VERSION = 3

interface IndexChange {
  read: readonly ParsedFile[]
  gone: readonly string[]
  /** The only paths that stay; undefined: all of them. */
  keep: readonly string[] | undefined
}

/**
 * Replaces, adds and removes files in the index of a project. Throws ToolError over the quota.
 * Concurrent calls for other projects of the user are not counted and can pass it slightly.
 */
export async function writeIndex(
  trx: Trx,
  { principal: { user_id: userId }, codeQuota }: CallContext,
  projectId: string,
  { read, gone, keep }: IndexChange
) {
  const projectNo = await lockCodeProject(trx, userId, projectId)
  const usageBefore = await findCodeUsage(trx, userId)
  let dropped = await deleteCodeFiles(trx, userId, projectNo, gone)
  if (keep) dropped += await deleteCodeFilesExcept(trx, userId, projectNo, keep)
  await deleteCodeFiles(
    trx,
    userId,
    projectNo,
    read.map(({ path }) => path)
  )
  const fileNumbers = await insertCodeFiles(trx, userId, projectNo, read.map(toCodeFile))
  const usage = await recountCodeProject(trx, userId, projectNo)
  refuseOverQuota(usageBefore, await findCodeUsage(trx, userId), codeQuota)
  await insertCodePieces(
    trx,
    userId,
    projectNo,
    read.flatMap(({ path, reading }) => {
      const fileNo = fileNumbers.get(path)!
      return reading.pieces.map((piece, i) => ({ ...piece, file_no: fileNo, piece_no: i + 1 }))
    })
  )
  await insertCodePostings(
    trx,
    userId,
    projectNo,
    read.flatMap(({ path, reading }) =>
      reading.postings.map(([term, hits]) => ({ term, file_no: fileNumbers.get(path)!, hits }))
    )
  )
  return { usage, dropped }
}

function toCodeFile({ path, language, content, hash, reading }: ParsedFile): NewCodeFile {
  return {
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
  }
}

const quotaSettings = [
  ['files', 'CODE_QUOTA_FILES'],
  ['bytes', 'CODE_QUOTA_BYTES']
] as const

/** A change that does not grow the index passes even over the quota. */
function refuseOverQuota(usageBefore: CodeUsage, usageAfter: CodeUsage, quota: CodeUsage): void {
  for (const [unit, setting] of quotaSettings) {
    const usedAmount = usageAfter[unit]
    if (usedAmount <= quota[unit] || usedAmount <= usageBefore[unit]) continue
    throw new ToolError(
      `The quota of ${quota[unit]} ${unit} of source code is used up, and nothing of this call ` +
        'was indexed. Leave out generated and vendored files, forget projects with ' +
        `complete: true and no files, or ask the administrator for more (${setting}).`
    )
  }
}
