import type { Memory } from '../../db/memory/memories.ts'
import type { Registration, Role } from '../../db/schema/index.ts'
import type { GroupBox } from '../../tools/scopes.ts'
import type { OllamaOffer } from '../embedder/ollama.ts'
import type { NewKey, PageNotice } from '../notices.ts'

/** The data of every page: view name -> data. */
export interface Pages {
  /** Sign-in form: POST /login. */
  login: {
    /** A path of ours to go to afterwards. */
    returnTo: string
    email?: string
    problem?: string
    /** Seconds until another attempt is accepted. */
    retryAfter?: number
    /** The app that sent the person here. */
    clientName?: string
    /** What the person signs in for, when it is no app. */
    purpose?: 'device' | 'memory'
    /** There is no user yet. */
    setupNeeded?: boolean
  }
  /** First account: POST /setup. */
  setup: { token: string; name?: string; email?: string; ollama?: OllamaOffer | undefined } & Pick<
    PageNotice,
    'problem'
  >
  /** Who asks, for what, as whom: Approve or Deny. */
  consent: {
    clientName: string
    clientId: string
    redirectHost: string
    redirectKind: RedirectKind
    registeredBy: Registration
    registeredAt: Date
    user: { name: string; email: string; role: Role }
    groups: Array<GroupBox & { isNew?: boolean; checked?: boolean }>
    /**
     * The last decision about this app that stands; `changed`: it describes itself otherwise now,
     * or sends people elsewhere.
     */
    earlier?: EarlierDecision
    /** Value of the hidden field `form`: binds the decision to this request and session. */
    form: string
    action: string
    /** URL that signs in as somebody else and comes back. */
    switchAccount: string
    /** Installations of the same app from the same place, with a form of their own to end them. */
    older?: OlderInstallations
    /**
     * Set when the access goes to another device, which showed this code: where and when that
     * asked, as it says.
     */
    device?: { userCode: string; address: string; userAgent: string; askedAt: Date }
    /** Why the form is here again. */
    problem?: string
  }
  /** For the code that another device shows: POST /device. */
  device: { csrf: string; userCode?: string; problem?: string; retryAfter?: number }
  /** The decision on another device's request is noted. */
  'device-decided': { clientName: string; approved: boolean }
  /**
   * The 200 page after the decision; goes to `url` by itself. `url` has been validated by the
   * caller.
   */
  continue: { url: string; clientName: string; approved: boolean; redirectHost: string }
  account: {
    user: { name: string; email: string; role: Role }
    mcpUrl: string
    keyUrl: string
    /** Whether apps may register themselves. */
    registration: 'open' | 'token' | 'closed'
    csrf: string
    /** Hidden value of the form that makes a key: one form, one key. */
    keyForm: string
    /** What a key may be allowed. */
    keyGroups: GroupBox[]
    /** For how many days tool calls are noted; 0: they are not. */
    historyDays: number
    apps: Array<{
      client_name: string
      client_id: string
      installations: AccountInstallation[]
      /** Where the other installations of the app are shown. */
      more?: string
    }>
    /** To the apps that follow, and to all of them again. */
    appLinks: { more?: string; all?: string }
    /** Those that can be used. */
    keys: AccountKey[]
    endedKeys: AccountKey[]
    keyLinks: { isFolded: boolean; more?: string; moreEnded?: string; all?: string }
    /** The token for GitHub, if there is one. */
    github?: { token_end: string; created_at: Date; last_used_at: Date | null }
    /** Shown once. */
    newKey?: NewKey
  } & Pick<PageNotice, 'notice' | 'problem' | 'typed'>
  profile: SignedIn & { timezone: string | null } & Pick<PageNotice, 'problem' | 'typed'>
  /** Asks before something is ended: what it is, what will happen, and the form that does it. */
  confirm: {
    title: string
    points: string[]
    action: string
    csrf: string
    fields: Array<[name: string, value: string]>
    button: string
  }
  error: {
    status: number
    title: string
    message: string
    advice?: string
    /** What to do, in each case: under the advice. */
    steps?: Array<{ when: string; then: string }>
    requestId: string
    /** What the client sent, as name and value. */
    received?: Array<[string, string]>
    /** The exact command that mends it, quoted for a shell; only for administrators. */
    command?: string
    link?: { href: string; text: string }
  }
  'signed-out': Record<string, never>
  /** One memory, for its owner. */
  memory: SignedIn & { memory: Memory }
  /** A memory that was deleted or has expired. `restorableUntil`: unless that is over. */
  'memory-deleted': SignedIn & {
    key: string
    namespace: string
    deletedAt: Date
    expired: boolean
    /** The app or person that deleted it. */
    by: string
    restorableUntil?: Date
  }
  /** The MCP URL opened in a browser. */
  mcp: { mcpUrl: string; keyUrl: string; keysOnly: boolean }
}
/**
 * What the consent page says of the decision before, in names of groups as a sentence lists them.
 */
export interface EarlierDecision {
  consentedAt: Date
  changed: boolean
  /** What was allowed then, when that is not all that is asked for now. */
  allowed?: string
  /** What was not on offer then. */
  added?: string
}
/** What the header of a page for a person who is signed in needs. */
interface SignedIn {
  user: { name: string; email: string; role: Role }
  csrf: string
}

export type PageName = keyof Pages

export interface OlderInstallations {
  csrf: string
  /** Where the person goes on afterwards: this page again. */
  returnTo: string
  /** `isIdle`: not in use now, so that ending it is what a person would want. */
  installations: Array<{
    grant_id: string
    created_at: Date
    last_used_at: Date | null
    isIdle: boolean
  }>
  /** There are more than are listed; this shows all. */
  more?: string
}

interface AccountInstallation {
  grant_id: string
  groups: string[]
  redirect_origin: string | null
  created_at: Date
  last_used_at: Date | null
  /** The app was connected again from the same place then, and this one was not used since. */
  unused_since: Date | null
}

interface AccountKey {
  key_id: string
  name: string
  key_prefix: string
  groups: string[]
  created_at: Date
  last_used_at: Date | null
  expires_at: Date | null
  status: 'active' | 'expired' | 'revoked'
}

/**
 * Where the answer goes: a web site, an app on this computer, or whatever app owns a URL scheme
 * (RFC 8252 §7).
 */
export type RedirectKind = 'web' | 'loopback' | 'app'
