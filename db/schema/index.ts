import type {
  ApiKeysTable,
  AttemptsTable,
  AccountLinksTable,
  AuditLogsTable,
  ConsumedChallengesTable,
  ExternalIdentitiesTable,
  GithubTokensTable,
  PasskeysTable,
  RecoveryCodesTable,
  SessionsTable,
  PageNoticesTable,
  SetupLinksTable,
  TotpSecretsTable,
  UsersTable
} from './people.ts'
import type {
  AppChoicesTable,
  OauthAuthorizationCodesTable,
  OauthClientAssertionsTable,
  OauthClientMetadataDocumentsTable,
  OauthClientSecretsTable,
  OauthClientsTable,
  OauthDeviceCodesTable,
  OauthDpopProofsTable,
  OauthGrantsTable,
  OauthPushedAuthorizationRequestsTable,
  OauthTokensTable
} from './oauth.ts'
import type {
  ImportJobsTable,
  MemoriesTable,
  MemoryIndexQueueTable,
  MemoryPostingsTable,
  MemoryTotalsTable,
  MemoryUsageTable,
  MemoryVersionsTable
} from './memory.ts'
import type { CaptureSessionsTable, CaptureSwitchesTable } from './capture.ts'
import type {
  EmbeddingModelsTable,
  EmbeddingQueueTable,
  LeasesTable,
  MemoryVectorsTable
} from './embeddings.ts'
import type { GraphEdgesTable, GraphEdgeVersionsTable, GraphNodesTable } from './graph.ts'
import type {
  CodingDecisionsTable,
  CodingErrorsTable,
  CodingFileChangesTable,
  CodingInteractionsTable,
  CodingIssueLinksTable,
  CodingSessionsTable
} from './coding.ts'
import type {
  CodeFilesTable,
  CodePiecesTable,
  CodePostingsTable,
  CodeProjectsTable
} from './code.ts'
import type { WebAnswersTable, WebRequestsTable } from './web.ts'
import type { ToolCallsTable } from './tool-calls.ts'

export * from './access-limits.ts'
export type * from './people.ts'
export * from './oauth.ts'
export type * from './memory.ts'
export type * from './capture.ts'
export type * from './embeddings.ts'
export type * from './graph.ts'
export type * from './coding.ts'
export type * from './code.ts'
export type * from './web.ts'
export type * from './tool-calls.ts'

/** Every table of the project. migrations/ explains the columns. */
export interface Database {
  users: UsersTable
  sessions: SessionsTable
  page_notices: PageNoticesTable
  setup_links: SetupLinksTable
  attempts: AttemptsTable
  passkeys: PasskeysTable
  totp_secrets: TotpSecretsTable
  recovery_codes: RecoveryCodesTable
  external_identities: ExternalIdentitiesTable
  consumed_challenges: ConsumedChallengesTable
  api_keys: ApiKeysTable
  oauth_clients: OauthClientsTable
  oauth_client_secrets: OauthClientSecretsTable
  oauth_client_metadata_documents: OauthClientMetadataDocumentsTable
  oauth_client_assertions: OauthClientAssertionsTable
  oauth_dpop_proofs: OauthDpopProofsTable
  oauth_grants: OauthGrantsTable
  app_choices: AppChoicesTable
  oauth_authorization_codes: OauthAuthorizationCodesTable
  oauth_tokens: OauthTokensTable
  oauth_device_codes: OauthDeviceCodesTable
  oauth_pushed_authorization_requests: OauthPushedAuthorizationRequestsTable
  account_links: AccountLinksTable
  audit_logs: AuditLogsTable
  github_tokens: GithubTokensTable
  memories: MemoriesTable
  memory_postings: MemoryPostingsTable
  memory_index_queue: MemoryIndexQueueTable
  memory_totals: MemoryTotalsTable
  memory_versions: MemoryVersionsTable
  memory_usage: MemoryUsageTable
  import_jobs: ImportJobsTable
  capture_switches: CaptureSwitchesTable
  capture_sessions: CaptureSessionsTable
  memory_vectors: MemoryVectorsTable
  embedding_models: EmbeddingModelsTable
  embedding_queue: EmbeddingQueueTable
  leases: LeasesTable
  graph_nodes: GraphNodesTable
  graph_edges: GraphEdgesTable
  graph_edge_versions: GraphEdgeVersionsTable
  coding_sessions: CodingSessionsTable
  coding_file_changes: CodingFileChangesTable
  coding_errors: CodingErrorsTable
  coding_decisions: CodingDecisionsTable
  coding_interactions: CodingInteractionsTable
  coding_issue_links: CodingIssueLinksTable
  code_projects: CodeProjectsTable
  code_files: CodeFilesTable
  code_pieces: CodePiecesTable
  code_postings: CodePostingsTable
  web_answers: WebAnswersTable
  web_requests: WebRequestsTable
  tool_calls: ToolCallsTable
}
