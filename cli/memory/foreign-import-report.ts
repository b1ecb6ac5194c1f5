import type { ImportReport } from '../../domain/memory/transfer/import/take-in.ts'
import { formatCount, formatTable } from '../subcommand.ts'
import type { LeftOutFile } from '../../domain/memory/transfer/files/source-file.ts'
import { commandName } from '../../lib/command-name.ts'

/** What --json prints. */
export interface ForeignImportResult extends ImportReport {
  user_id: string
  from: string
  /** The source under which `kagura memory undo` finds the import. */
  written_as: string
  dry_run: boolean
  files_read: number
  files_left_out: LeftOutFile[]
}

/** Lines of each kind in the report; --json has all. */
const MAX_LISTED = 10

/** Describes the result of an import, or of its dry run, with the command that undoes it. */
export function describeForeignImport(result: ForeignImportResult, email: string): string {
  const { dry_run, created, changed, unchanged, kept, links, examples } = result
  const would = dry_run ? 'would be ' : ''
  return [
    `Memories: ${created} ${would}created, ${changed} ${would}changed, ${unchanged} unchanged, ` +
      `${kept} ${would}kept because they were changed or deleted here.`,
    `Links: ${links} ${would}created, ${result.links_unchanged} unchanged, ` +
      `${result.links_left_out} left out.`,
    ...(examples.length > 0
      ? [
          formatTable(
            ['change', 'key', 'value'],
            examples.map(({ change, key, value }) => [change, key, value]),
            ''
          )
        ]
      : []),
    ...describeFiles(result),
    ...titledList('Warnings', result.warnings, MAX_LISTED),
    ...titledList('Broken and skipped', result.broken),
    ...(!dry_run && created + changed + links > 0
      ? [
          'To undo this import: ' +
            `${commandName} memory undo --user ${email} --client "${result.written_as}" --since 1h`
        ]
      : [])
  ].join('\n')
}

function describeFiles({ files_read, files_left_out, left_out }: ForeignImportResult): string[] {
  const partCounts = Object.entries(left_out).map(([kind, count]) => `${count} ${kind}`)
  const leftOutParts = partCounts.length > 0 ? ` Left out: ${partCounts.join(', ')}.` : ''
  return [
    `Read: ${formatCount(files_read, 'file')}.${leftOutParts}`,
    ...titledList(
      'Files left out',
      files_left_out.map(({ file, why }) => `${file}: ${why}`),
      MAX_LISTED
    )
  ]
}

/** A heading with the number of entries, and the first `limit` entries; nothing without entries. */
function titledList(title: string, entries: string[], limit = Infinity): string[] {
  if (entries.length === 0) return []
  const hiddenCount = entries.length - limit
  return [
    `${title}: ${entries.length}`,
    ...entries.slice(0, limit).map((entry) => `  ${entry}`),
    ...(hiddenCount > 0 ? [`  ... and ${hiddenCount} more; --json lists all.`] : [])
  ]
}
