import { Type } from 'typebox'
import { listDiffs, type ReportedFileChange } from '../../db/coding/file-changes.ts'
import { type CodingSession, listCodingSessions } from '../../db/coding/sessions.ts'
import { tool } from '../tool.ts'
import { errorKinds, type Evidence, evidenceOf, isTest } from '../../domain/coding/evidence.ts'
import { closed, counted, inLine, Project } from '../../domain/coding/fields.ts'
import {
  changedTogether,
  foldersOf,
  languagesOf,
  librariesOf,
  namingOf,
  type Share,
  shares,
  sharesText,
  testPlaces
} from '../../domain/coding/file-facts.ts'
import { nothingKnown } from './project-context.ts'

/** Changes below which a pattern would be chance. */
const MIN_CHANGES = 10
/** Records of each kind, sessions and diffs that are looked at. */
const LOOKED_AT = 1000
const SESSIONS = 200
const DIFFS = 200
const MONTH = 30 * 86_400_000

interface Finding {
  area: string
  finding: string
  /** 0 to 1: the share that follows the pattern, less where there are few. */
  confidence: number
  based_on: number
}

export const analyzePatterns = tool({
  name: 'coding_analyze_patterns',
  title: 'Patterns of a project',
  description:
    'Counts how a project is worked on: languages, libraries, naming, folders, tests, files changed together, recurring errors, outcomes, trend.',
  groups: ['coding'],
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false
  },
  input: Type.Object({ project_id: Project }, closed),
  output: Type.Object(
    {
      project_id: Type.String(),
      sufficient: Type.Boolean(),
      changes: Type.Integer(),
      findings: Type.Array(
        Type.Object(
          {
            area: Type.String(),
            finding: Type.String(),
            confidence: Type.Number(),
            based_on: Type.Integer()
          },
          closed
        )
      )
    },
    closed
  ),
  async run({ project_id: project }, { db, principal: { user_id: userId } }) {
    const sessions = await listCodingSessions(db, userId, project, SESSIONS)
    if (sessions.length === 0) throw await nothingKnown(db, userId, project)
    const found = await evidenceOf(db, userId, project, { limit: LOOKED_AT })
    const sufficient = found.changes.length >= MIN_CHANGES
    const findings = sufficient
      ? [
          ...ofFiles(found.changes, await listDiffs(db, userId, project, DIFFS)),
          ...ofTests(found.changes)
        ]
      : []
    return {
      project_id: project,
      sufficient,
      changes: found.changes.length,
      findings: [
        ...findings,
        ...ofErrors(found),
        ...ofDecisions(found),
        ...ofSessions(sessions, found)
      ]
    }
  },
  text({ project_id: project, sufficient, changes, findings }) {
    return [
      `Patterns of ${project}, from ${counted(changes, 'recorded change')}:`,
      ...(sufficient
        ? []
        : [
            `Insufficient data for how the code is written: ${counted(changes, 'change')} of at least ${MIN_CHANGES}. Record more with coding_track_file_change.`
          ]),
      ...findings.map(
        ({ area, finding, confidence, based_on: count }) =>
          `- ${area}: ${finding} (confidence ${confidence.toFixed(2)}, of ${count})`
      )
    ].join('\n')
  }
})

/** How sure one may be of a share of so many. */
function sure(share: number, count: number): number {
  return Math.round(((share * count) / (count + 5)) * 100) / 100
}

function preference(
  area: string,
  found: readonly Share[],
  words: (text: string) => string = (text) => text
): Finding[] {
  const [most] = found
  const all = found.reduce((sum, { count }) => sum + count, 0)
  return most && all >= 3
    ? [
        {
          area,
          finding: words(sharesText(found.slice(0, 5))),
          confidence: sure(most.share, all),
          based_on: all
        }
      ]
    : []
}

function ofFiles(changes: readonly ReportedFileChange[], diffs: readonly string[]): Finding[] {
  const paths = changes.map(({ file_path: path }) => path)
  const together = changedTogether(changes)
  const libraries = librariesOf(diffs)
  const sized = changes
    .map(({ lines_added: added, lines_removed: removed }) => added + removed)
    .filter((lines) => lines > 0)
    .sort((a, b) => a - b)
  return [
    ...preference('languages', languagesOf(paths)),
    ...(libraries.length > 0
      ? [
          {
            area: 'libraries',
            finding: `imported in added lines: ${libraries.map(({ name, count }) => `${name} ${count}`).join(', ')}`,
            confidence: sure(1, diffs.length),
            based_on: diffs.length
          }
        ]
      : []),
    ...preference('naming', namingOf(paths), (text) => `files of several words: ${text}`),
    ...preference('organisation', foldersOf(paths), (text) => `folders: ${text}`),
    ...preference('kinds of change', shares(changes.map(({ action }) => action))),
    ...(sized.length >= 3
      ? [
          {
            area: 'size',
            finding: `half of the changes have at most ${counted(sized[Math.floor((sized.length - 1) / 2)]!, 'line')}`,
            confidence: sure(1, sized.length),
            based_on: sized.length
          }
        ]
      : []),
    ...together.map(({ pair, sessions }) => ({
      area: 'changed together',
      finding: pair.join(' and '),
      confidence: sure(1, sessions),
      based_on: sessions
    }))
  ]
}

function ofTests(changes: readonly ReportedFileChange[]): Finding[] {
  const tested = new Map<string, boolean>()
  for (const { session_id: id, file_path: path, action } of changes) {
    tested.set(id, (tested.get(id) ?? false) || action === 'test' || isTest(path))
  }
  const yes = [...tested.values()].filter(Boolean).length
  return [
    {
      area: 'testing',
      finding: `${yes} of ${counted(tested.size, 'session')} with changes touched tests too`,
      confidence: sure(Math.max(yes, tested.size - yes) / tested.size, tested.size),
      based_on: tested.size
    },
    ...preference(
      'testing',
      testPlaces(changes.map(({ file_path: path }) => path)),
      (text) => `tests stand ${text}`
    )
  ]
}

function ofErrors({ errors }: Evidence): Finding[] {
  if (errors.length === 0) return []
  const solved = errors.filter(({ solution }) => solution !== null)
  const hours = solved
    .map(({ created_at: met, resolved_at: at }) => (at!.getTime() - met.getTime()) / 3_600_000)
    .filter((time) => time > 0)
    .sort((a, b) => a - b)
  const again = errorKinds(errors)
    .map((kind) => ({
      kind,
      times: errors.filter(({ fingerprint: print }) => print === kind.fingerprint).length
    }))
    .filter(({ times }) => times > 1)
  const half = hours[Math.floor((hours.length - 1) / 2)]
  return [
    {
      area: 'errors',
      finding: `${counted(errors.length, 'error')}, ${solved.length} solved${half === undefined ? '' : `, half of them within ${half < 1 ? counted(Math.ceil(half * 60), 'minute') : counted(Math.ceil(half), 'hour')}`}`,
      confidence: sure(1, errors.length),
      based_on: errors.length
    },
    ...preference('error types', shares(errors.map(({ error_type: type }) => type))),
    ...again
      .sort((a, b) => b.times - a.times)
      .slice(0, 3)
      .map(({ kind, times }) => ({
        area: 'comes back',
        finding: `${times} times ${kind.error_type}: ${inLine(kind.message, 150)}${kind.solution === null ? '' : `. Solved: ${inLine(kind.solution, 200)}`}`,
        confidence: sure(1, times),
        based_on: times
      }))
  ]
}

function ofDecisions({ decisions }: Evidence): Finding[] {
  return preference('decisions about', shares(decisions.flatMap(({ tags }) => tags)))
}

function ofSessions(sessions: readonly CodingSession[], { changes, errors }: Evidence): Finding[] {
  const judged = sessions.filter(({ success }) => success !== null)
  const reached = judged.filter(({ success }) => success).length
  const now = sessions[0]!.started_at.getTime()
  const within = <T>(rows: readonly T[], time: (row: T) => Date, from: number, to: number) =>
    rows.filter((row) => time(row).getTime() > from && time(row).getTime() <= to).length
  const months = (
    [
      [now - MONTH, Infinity],
      [now - 2 * MONTH, now - MONTH]
    ] as const
  ).map(([from, to]) =>
    [
      counted(
        within(sessions, ({ started_at: at }) => at, from, to),
        'session'
      ),
      counted(
        within(changes, ({ created_at: at }) => at, from, to),
        'change'
      ),
      counted(
        within(errors, ({ created_at: at }) => at, from, to),
        'error'
      )
    ].join(', ')
  )
  const earlier = sessions.some(({ started_at: at }) => at.getTime() <= now - MONTH)
  const length = sessions.map(({ minutes }) => minutes).sort((a, b) => a - b)[
    Math.floor((sessions.length - 1) / 2)
  ]!
  return [
    ...(judged.length > 0
      ? [
          {
            area: 'sessions',
            finding: `${reached} of ${judged.length} reached their goal`,
            confidence: sure(
              Math.max(reached, judged.length - reached) / judged.length,
              judged.length
            ),
            based_on: judged.length
          }
        ]
      : []),
    {
      area: 'sessions',
      finding: `half of them take at most ${counted(Math.ceil(length), 'minute')}`,
      confidence: sure(1, sessions.length),
      based_on: sessions.length
    },
    ...(earlier
      ? [
          {
            area: 'trend',
            finding: `the last 30 days up to the last session: ${months[0]}; the 30 days before: ${months[1]}`,
            confidence: sure(1, sessions.length),
            based_on: sessions.length
          }
        ]
      : [])
  ]
}
