import type { ReportedFileChange } from '../../db/coding/file-changes.ts'
import { isTestPath } from './evidence.ts'
import {
  changedTogether,
  folderShares,
  languageShares,
  namingShares,
  sharesOf,
  testPlaceShares
} from './file-facts.ts'
import { type Finding, findingOf, medianOf, MIN_CASES, preferenceFinding } from './findings.ts'
import { libraryShares } from './libraries.ts'
import { countedNoun } from './text.ts'

/** Languages, libraries, names, folders and sizes of changes, and files that change together. */
export function fileFindings(
  changes: readonly ReportedFileChange[],
  diffs: readonly string[]
): Finding[] {
  const paths = changes.map((change) => change.file_path)
  const actions = changes.map(({ action }) => action)
  const filePairs = changedTogether(changes)
  return [
    ...preferenceFinding('languages', languageShares(paths)),
    ...libraryFinding(diffs),
    ...preferenceFinding('naming', namingShares(paths), 'files of several words: '),
    ...preferenceFinding('organisation', folderShares(paths), 'folders: '),
    ...preferenceFinding('kinds of change', sharesOf(actions)),
    ...sizeFinding(changes),
    ...filePairs.map(({ pair, sessions }) =>
      findingOf('changed together', pair.join(' and '), sessions)
    )
  ]
}

function libraryFinding(diffs: readonly string[]): Finding[] {
  const libraries = libraryShares(diffs).map(({ name, count }) => `${name} ${count}`)
  if (libraries.length === 0) return []
  const finding = `imported in added lines: ${libraries.join(', ')}`
  return [findingOf('libraries', finding, diffs.length)]
}

function sizeFinding(changes: readonly ReportedFileChange[]): Finding[] {
  const sizes = changes
    .map((change) => change.lines_added + change.lines_removed)
    .filter((lineCount) => lineCount > 0)
  if (sizes.length < MIN_CASES) return []
  const medianSize = countedNoun(medianOf(sizes)!, 'line')
  return [findingOf('size', `half of the changes have at most ${medianSize}`, sizes.length)]
}

/** How many sessions touch tests, and where tests are placed. Expects at least one change. */
export function testFindings(changes: readonly ReportedFileChange[]): Finding[] {
  const testedBySession = new Map<string, boolean>()
  for (const { session_id: sessionId, file_path: path, action } of changes) {
    const isTest = action === 'test' || isTestPath(path)
    testedBySession.set(sessionId, (testedBySession.get(sessionId) ?? false) || isTest)
  }
  const sessionCount = testedBySession.size
  const testedCount = [...testedBySession.values()].filter(Boolean).length
  const majorityShare = Math.max(testedCount, sessionCount - testedCount) / sessionCount
  const sessions = countedNoun(sessionCount, 'session')
  const finding = `${testedCount} of ${sessions} with changes touched tests too`
  const placeShares = testPlaceShares(changes.map((change) => change.file_path))
  return [
    findingOf('testing', finding, sessionCount, majorityShare),
    ...preferenceFinding('testing', placeShares, 'tests stand ')
  ]
}
