import type { ReportedFileChange } from '../../db/coding/file-changes.ts'
import { isTestFile } from '../../lib/test-files.ts'
import {
  changedTogether,
  folderShares,
  languageShares,
  namingShares,
  sharesOf,
  testPlaceShares
} from './file-facts.ts'
import {
  type PatternFinding,
  findingOf,
  medianOf,
  MIN_CASES,
  preferenceFinding
} from './findings.ts'
import { libraryShares } from './libraries.ts'
import { countedNoun } from './text.ts'

/** Languages, libraries, names, folders and sizes of changes, and files that change together. */
export function fileFindings(
  changes: readonly ReportedFileChange[],
  diffs: readonly string[]
): PatternFinding[] {
  const changedPaths = changes.map((change) => change.file_path)
  const changeActions = changes.map(({ action }) => action)
  const filePairs = changedTogether(changes)
  return [
    ...preferenceFinding('languages', languageShares(changedPaths)),
    ...libraryFinding(diffs),
    ...preferenceFinding('naming', namingShares(changedPaths), 'files of several words: '),
    ...preferenceFinding('organisation', folderShares(changedPaths), 'folders: '),
    ...preferenceFinding('kinds of change', sharesOf(changeActions)),
    ...sizeFinding(changes),
    ...filePairs.map(({ pair, sessions }) =>
      findingOf('changed together', pair.join(' and '), sessions)
    )
  ]
}

function libraryFinding(diffs: readonly string[]): PatternFinding[] {
  const libraryCounts = libraryShares(diffs).map(({ name, count }) => `${name} ${count}`)
  if (libraryCounts.length === 0) return []
  const finding = `imported in added lines: ${libraryCounts.join(', ')}`
  return [findingOf('libraries', finding, diffs.length)]
}

function sizeFinding(changes: readonly ReportedFileChange[]): PatternFinding[] {
  const changeSizes = changes
    .map((change) => change.lines_added + change.lines_removed)
    .filter((lineCount) => lineCount > 0)
  if (changeSizes.length < MIN_CASES) return []
  const medianSize = countedNoun(medianOf(changeSizes)!, 'line')
  return [findingOf('size', `half of the changes have at most ${medianSize}`, changeSizes.length)]
}

/** How many sessions touch tests, and where tests are placed. Expects at least one change. */
export function testFindings(changes: readonly ReportedFileChange[]): PatternFinding[] {
  const testedBySession = new Map<string, boolean>()
  for (const { session_id: sessionId, file_path: path, action } of changes) {
    const isTest = action === 'test' || isTestFile(path)
    testedBySession.set(sessionId, (testedBySession.get(sessionId) ?? false) || isTest)
  }
  const sessionCount = testedBySession.size
  const testedCount = [...testedBySession.values()].filter(Boolean).length
  const majorityShare = Math.max(testedCount, sessionCount - testedCount) / sessionCount
  const sessionTotal = countedNoun(sessionCount, 'session')
  const finding = `${testedCount} of ${sessionTotal} with changes touched tests too`
  const placeShares = testPlaceShares(changes.map((change) => change.file_path))
  return [
    findingOf('testing', finding, sessionCount, majorityShare),
    ...preferenceFinding('testing', placeShares, 'tests stand ')
  ]
}
