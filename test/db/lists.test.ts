// databases: both
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler
} from 'kysely'
import t from 'tap'
import type { Db } from '../../db/connection/connect.ts'
import { projectFiles, root } from '../support/sources.ts'

const page = { limit: 7, offset: 0, valueLimit: 10 }
const ids = ['one', 'two']
const since = new Date(0)
const decision = {
  user_id: 'u',
  client_id: 'c',
  resource: 'r',
  redirect_origin: 'o',
  client_metadata_hash: 'h'
}

/** Arguments of each list after the database, enough to build its statements. */
const listArguments: Record<string, unknown[]> = {
  listApiKeys: [{}, page],
  listApiKeysNamed: ['name'],
  listCallEntries: ['u', {}, page],
  listMemoriesOfApp: ['u', 'a', page],
  listOpenErrors: ['u', 'p', 7],
  listPersonApps: ['u', { state: 'active', limit: 7 }],
  listPersonKeys: ['u', { state: 'active', limit: 7 }],
  listAppUses: ['u', 7],
  listAuditLogsOfRequest: ['request'],
  listBrowsedMemories: ['u', {}, page],
  listAuditLogs: [{}, page],
  listClients: [page],
  listCodeProjects: ['u', 7],
  listCodePaths: ['u', 1, { ending: 'x', limit: 7 }],
  listCodingErrors: ['u', 'p', page],
  listCodingInteractions: ['u', 'p', page],
  listCodingProjects: ['u', 7],
  listCodingSessions: ['u', 'p', 7],
  listConnectedApps: [{}, page],
  listDecisions: ['u', 'p', page],
  listDecisionScopes: [decision],
  listDeletedMemories: ['u', page],
  listDiffs: ['u', 'p', 7],
  listExpiringKeys: ['u', 7, 7],
  listRecentDeleters: ['u', { minutes: 7, limit: 7 }],
  listSimilarErrors: ['u', ids, 7],
  listEqualValues: ['u', ids],
  listFileChanges: ['u', 'p', page],
  listFormerSecretHashes: ['c'],
  listFormerSecrets: ['c'],
  listGraphEdges: ['u', ids, {}],
  listHistory: ['u', { memory_id: 'm' }, page],
  listInstallations: ['u', 'c', page],
  listInstallationsAt: [decision, 7],
  listInvitations: [7],
  listIssueLinks: ['u', 'p', page],
  listIndexedFiles: ['u', 1, page],
  listIndexedProjects: ['u', 7],
  listNewestEdges: ['u', page],
  listSessionMemories: ['u', 'p', 's', 7],
  listSessionProjects: ['u', page],
  listMemoryKeys: ['u', undefined, 7],
  listLinksToIssue: ['u', { number: 1 }],
  listMemories: ['u', page],
  listNearestMemories: ['u', { model_no: 1, vector: [1], pgvector: false, limit: 7 }],
  listNotableMemories: ['u', page],
  listPinnedMemories: ['u', page],
  listConnectedNodes: ['u', { node_id: 'n', depth: 1 }],
  listConsentAnswers: ['u', 'c'],
  listMemoriesToEmbed: [1, page],
  listPasskeys: ['u', 7],
  listRecentCodingSessions: ['u', page],
  listRecentNames: ['u'],
  listUserSessions: ['u', 7],
  listImportJobs: ['u', 7],
  listStandingConsents: ['u', 'c'],
  listSuggestedMemories: ['u', 'm'],
  listTerms: ['u', 'x'],
  listTermsLike: ['u', ['x']],
  listTimeline: ['u', page],
  listTruthLinks: ['u', { ids }],
  listToolCalls: ['u', { groups: [], limit: 7 }],
  listUnwalkedMemories: [{ model_no: 1, walked_user: 'u', walked_no: 1 }, page],
  listUsers: [page],
  listWriters: ['u', since]
}

const fewIds = 'the caller passes the id of each row, and has few of them'
const undoOfAnApp = "only the operator's command calls it, to undo everything that an app did"

/** Lists without a limit of their own, and what bounds them. */
const bounded: Record<string, string> = {
  listCodeFiles: fewIds,
  listCodeImports: 'CODE_QUOTA_FILES bounds what a person may index; a graph of a part is wrong',
  listCodePieces: fewIds,
  listDeleters: fewIds,
  listEmbeddingModels: 'an operator sets a model now and then; those without vectors go',
  listErrorFingerprints: fewIds,
  listGraphNodes: fewIds,
  listKnownEdgeIds: fewIds,
  listKnownMemoryIds: fewIds,
  listKnownLinks: fewIds,
  listLiveAccessTokens: 'one for each open stream of this process, which has a limit of streams',
  listLiveApiKeys: 'one for each open stream of this process, which has a limit of streams',
  listMemoriesById: fewIds,
  listSearchResults: fewIds,
  listMemoryUsage: fewIds,
  listNamespaces: 'it walks from one name to the next, `limit` steps at most',
  listMemoryStates: undoOfAnApp,
  listStoredMemories: fewIds,
  listTouchedMemories: undoOfAnApp,
  listTouchedEdges: undoOfAnApp
}

/** A database that returns no rows and records the statements it gets. */
function recorder(): { db: Db; statements: string[] } {
  const statements: string[] = []
  const db = new Kysely<any>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler()
    },
    log: ({ query }) => {
      statements.push(query.sql)
    }
  })
  return { db, statements }
}

/** Every list that a module of db/ exports, with its function. */
async function exportedLists(): Promise<Map<string, (...args: unknown[]) => unknown>> {
  const lists = new Map<string, (...args: unknown[]) => unknown>()
  for (const file of projectFiles().filter((name) => /^db\/.*\.ts$/.test(name))) {
    const text = readFileSync(join(root, file), 'utf8')
    const names = [...text.matchAll(/^export (?:async )?(?:function|const) (list[A-Z]\w*)/gm)]
    if (names.length === 0) continue
    const module = await import(
      `../../${file.replace(/\.ts$/, import.meta.url.endsWith('.js') ? '.js' : '.ts')}`
    )
    for (const [, name] of names) lists.set(name!, module[name!])
  }
  return lists
}

t.test('every list of the database has a limit, or something else that bounds it', async (t) => {
  const lists = await exportedLists()
  t.ok(lists.size > 40, `${lists.size} lists are found`)
  for (const [name, list] of lists) {
    if (name in bounded) continue
    if (!listArguments[name]) {
      t.fail(`${name} is new: add its arguments to this file, or what bounds it`)
      continue
    }
    const { db, statements } = recorder()
    // The list may throw, because the database returns no rows.
    await Promise.resolve(list(db, ...listArguments[name])).catch(() => {})
    t.ok(statements.length > 0, `${name} runs a statement`)
    t.same(
      statements.filter((statement) => !/\blimit \$\d+/.test(statement)),
      [],
      name
    )
  }
  const gone = [...Object.keys(listArguments), ...Object.keys(bounded)].filter(
    (name) => !lists.has(name)
  )
  t.same(gone, [], 'the entries of this file all name lists that exist')
})
