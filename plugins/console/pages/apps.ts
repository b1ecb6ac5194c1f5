import type { WrittenMemory } from '../../../db/memory/written-by-app.ts'
import type { CallOutcome, ToolList } from '../../../db/schema/index.ts'
import type { UndoOutcome } from '../../../domain/memory/undo-all.ts'
import type { UserAgentNames } from '../../../lib/user-agent.ts'
import type { ToolGroup } from '../../../tools/scopes.ts'
import type { NewKey, PageNotice } from '../../notices.ts'
import type { LimitChoice } from '../../oauth-server/limit-choice.ts'

/** The data of the pages below /apps and /activity. */
export interface AppsPages {
  /** Apps and keys in one list; those that ended are folded away. */
  'apps/list': {
    apps: AppRow[]
    ended: AppRow[]
    endedOpen: boolean
    links: { first?: string | undefined; more?: string | undefined; moreEnded?: string | undefined }
    /** The key that this page shows once. */
    newKey?: NewKey | undefined
    mcpUrl: string
  }
  'apps/new-key': {
    /** Hidden value: one form creates one key. */
    keyForm: string
    groups: readonly ToolGroup[]
    limits: LimitChoice
  }
  'apps/app': {
    app: AppRow
    /** The granted groups, with a tick at those that the person left. */
    groups: Array<{ group: ToolGroup; checked: boolean }>
    limits: LimitChoice
    toolList: ToolList | null
    /** Whether its conversations are captured, and for how many days. */
    captured: boolean
    captureDays: number
    installations: Installation[]
    unused: string[]
    moreInstallations?: string | undefined
    memories: WrittenMemory[]
    calls: CallRow[]
    mayUndo: boolean
  }
  /** What an undo since a time takes back. Without `preview` the page asks for the time. */
  'apps/undo': {
    app: Pick<AppRow, 'id' | 'name'>
    last: string
    at: string
    since?: Date | undefined
    preview?: UndoOutcome | undefined
  } & Pick<PageNotice, 'problem'>
  'activity/list': {
    calls: CallRow[]
    filter: { app: string; tool: string; outcome: string; when: string }
    apps: Array<{ id: string; name: string }>
    tools: string[]
    links: { first?: string | undefined; more?: string | undefined; csv: string; json: string }
    isFiltered: boolean
    /** Days for which calls are kept; 0 if none are. */
    days: number
  }
  'activity/call': { call: CallRow & { arguments: string; said: string | null; via: string } }
}

export interface AppRow {
  id: string
  kind: 'client' | 'key'
  /** The client_id or key_id. */
  sourceId: string
  name: string
  /** The app's own name, if the person calls it otherwise. */
  ownName?: string | undefined
  permissions: ToolGroup[]
  readsOnly: boolean
  namespaces: string[] | null
  since: Date
  lastUsed: Date | null
  expires: Date | null
  state: 'active' | 'expired' | 'revoked' | 'ended'
  installations: number
  prefix?: string | undefined
  calls: number
  memories: number
}

export interface Installation {
  grant_id: string
  created_at: Date
  last_used_at: Date | null
  /** When the app was connected again from the same place, if this one is unused since. */
  unused_since: Date | null
  origin: string | null
  address: string | null
  names: UserAgentNames | undefined
  userAgent: string | null
}

export interface CallRow {
  number: number
  tool: string
  app: string
  /** The id of the app in URLs. */
  appId?: string | undefined
  at: Date
  duration: number
  outcome: CallOutcome
  /** The beginning of the arguments. */
  summary: string
}
