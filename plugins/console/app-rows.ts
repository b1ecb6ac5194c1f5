import type { CallEntry } from '../../db/audit/tool-calls.ts'
import type { App } from '../../domain/apps/app.ts'
import type { AppActivity } from '../../domain/apps/activity.ts'
import { appIdOf } from '../../lib/app-id.ts'
import { groupsOf, limitScope, narrowScope, permissionsOf, toolGroups } from '../../tools/scopes.ts'
import type { AppRow, CallRow } from './pages/apps.ts'

/** An app as the pages show it, with what counts of its permissions now. */
export function appRow(app: App, activity: AppActivity | undefined): AppRow {
  const scope = limitScope(narrowScope(app.scope, app.client_scope ?? app.scope), app)
  const permissions = permissionsOf(scope)
  return {
    id: app.app_id,
    kind: app.kind,
    sourceId: app.source_id,
    name: app.name,
    ...(app.own_name !== app.name && { ownName: app.own_name }),
    permissions: [...groupsOf(scope)],
    readsOnly: !toolGroups.some((group) => permissions.has(group)),
    namespaces: app.namespaces,
    since: app.since,
    lastUsed: app.last_used_at,
    expires: app.expires_at,
    state: app.state,
    installations: app.installations,
    prefix: app.key_prefix,
    calls: activity?.calls ?? 0,
    memories: activity?.memories ?? 0
  }
}

/** Characters of a call's arguments in a list. */
const MAX_SUMMARY_LENGTH = 160

/** A call as the pages list it. */
export function callRow(call: Omit<CallEntry, 'position' | 'groups'>): CallRow {
  const { key_id: keyId, client_id: clientId, name } = call.source
  const summary = Object.entries(call.arguments)
    .map(
      ([member, value]) => `${member}: ${typeof value === 'string' ? value : JSON.stringify(value)}`
    )
    .join(', ')
  return {
    number: Number(call.call_no),
    tool: call.tool,
    app: name,
    appId: keyId ?? (clientId === undefined ? undefined : appIdOf(clientId)),
    at: call.called_at,
    duration: call.duration_ms,
    outcome: call.outcome,
    summary: [...summary.slice(0, MAX_SUMMARY_LENGTH * 2)].slice(0, MAX_SUMMARY_LENGTH).join('')
  }
}
