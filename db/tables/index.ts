import type { ApiKeysTable, AttemptsTable, AuditLogsTable, SessionsTable, SetupLinksTable, UsersTable } from './people.ts'
import type { OauthAuthorizationCodesTable, OauthClientAssertionsTable, OauthClientMetadataDocumentsTable, OauthClientSecretsTable, OauthClientsTable, OauthDeviceCodesTable, OauthGrantsTable, OauthPushedAuthorizationRequestsTable, OauthTokensTable } from './oauth.ts'
import type { MemoriesTable, MemoryPostingsTable, MemoryTotalsTable, MemoryUsageTable, MemoryVersionsTable } from './memory.ts'
import type { GraphEdgesTable, GraphNodesTable } from './graph.ts'
import type { CodingSessionsTable } from './coding.ts'
import type { WebAnswersTable, WebRequestsTable } from './web.ts'
import type { ToolCallsTable } from './tool-calls.ts'

export type * from './people.ts'
export * from './oauth.ts'
export type * from './memory.ts'
export type * from './graph.ts'
export type * from './coding.ts'
export type * from './web.ts'
export type * from './tool-calls.ts'

/** Every table of ours. The columns' meaning is told where migrations/ creates them. */
export interface Database {
  users: UsersTable
  sessions: SessionsTable
  setup_links: SetupLinksTable
  attempts: AttemptsTable
  api_keys: ApiKeysTable
  oauth_clients: OauthClientsTable
  oauth_client_secrets: OauthClientSecretsTable
  oauth_client_metadata_documents: OauthClientMetadataDocumentsTable
  oauth_client_assertions: OauthClientAssertionsTable
  oauth_grants: OauthGrantsTable
  oauth_authorization_codes: OauthAuthorizationCodesTable
  oauth_tokens: OauthTokensTable
  oauth_device_codes: OauthDeviceCodesTable
  oauth_pushed_authorization_requests: OauthPushedAuthorizationRequestsTable
  audit_logs: AuditLogsTable
  memories: MemoriesTable
  memory_postings: MemoryPostingsTable
  memory_totals: MemoryTotalsTable
  memory_versions: MemoryVersionsTable
  memory_usage: MemoryUsageTable
  graph_nodes: GraphNodesTable
  graph_edges: GraphEdgesTable
  coding_sessions: CodingSessionsTable
  web_answers: WebAnswersTable
  web_requests: WebRequestsTable
  tool_calls: ToolCallsTable
}
