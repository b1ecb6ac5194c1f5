import type { ImportFiles } from './files/collect.ts'
import type { ImportFormat } from './import/item.ts'
import type { ImportRun } from './import/run.ts'

/** What a reading without writing finds. */
export interface CheckedItems {
  /** Memories and links. */
  items: number
  /** Broken parts, each with its file and place. */
  faults: string[]
}

/**
 * Reads all files of a format once without writing. Of conversations that several files hold, the
 * run then knows the newest copy. Throws ToolError when reading cannot go on.
 */
export async function checkItems(
  format: ImportFormat,
  { files, broken }: ImportFiles,
  importRun: ImportRun
): Promise<CheckedItems> {
  const checkedItems: CheckedItems = { items: 0, faults: [...broken] }
  for await (const item of format.read(files, importRun)) {
    if ('broken' in item) checkedItems.faults.push(item.broken)
    else if ('memory' in item || 'link' in item) checkedItems.items++
  }
  importRun.take()
  return checkedItems
}
