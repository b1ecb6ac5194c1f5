import type { ImportSummary } from '../../../../db/schema/index.ts'
import type { ImportFiles } from '../files/collect.ts'
import type { ImportReport } from '../import/take-in.ts'
import type { ImportResult } from '../index.ts'

/** Entries of each list that a summary keeps, and characters of each. */
const MAX_ENTRIES = 20
const MAX_TEXT = 300

/** An import that has done nothing yet. */
export const emptySummary: ImportSummary = {
  created: 0,
  changed: 0,
  unchanged: 0,
  kept: 0,
  versions: 0,
  links: 0,
  links_left_out: 0,
  files_read: 0,
  examples: [],
  warnings: [],
  warning_count: 0,
  broken: [],
  broken_count: 0,
  left: [],
  left_count: 0,
  left_out: {}
}

/** What an import of another product's files did, or would do. */
export function foreignSummary(report: ImportReport, importFiles: ImportFiles): ImportSummary {
  const { created, changed, unchanged, kept, links, links_left_out, examples } = report
  const left = importFiles.left.map(({ file, why }) => `${file}: ${why}`)
  return {
    ...emptySummary,
    ...{ created, changed, unchanged, kept, links, links_left_out },
    files_read: importFiles.files.length,
    examples: examples.map(({ change, key, value }) => ({ change, key, value })),
    warnings: cutEntries(report.warnings),
    warning_count: report.warnings.length,
    broken: cutEntries(report.broken),
    broken_count: report.broken.length,
    left: cutEntries(left),
    left_count: left.length,
    left_out: Object.fromEntries(Object.entries(report.left_out).slice(0, MAX_ENTRIES))
  }
}

/** What an import of our own export did, or would do. */
export function ownSummary(result: ImportResult): ImportSummary {
  const { memories, versions, known, conflicts, links, links_left_out } = result
  return {
    ...emptySummary,
    ...{ files_read: 1, created: memories, versions, unchanged: known, links, links_left_out },
    kept: conflicts.length,
    examples: conflicts.slice(0, MAX_ENTRIES).map(({ agent_name: namespace, key }) => ({
      change: 'kept',
      key,
      value: namespace
    }))
  }
}

function cutEntries(entries: string[]): string[] {
  return entries
    .slice(0, MAX_ENTRIES)
    .map((entry) => [...entry.slice(0, 2 * MAX_TEXT)].slice(0, MAX_TEXT).join(''))
}
