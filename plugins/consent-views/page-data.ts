import type { Registration, Role } from '../../db/schema/index.ts'
import type { GroupBox, ToolGroup } from '../../tools/scopes.ts'
import type { ConsolePageName, ConsolePages } from '../console/pages/index.ts'
import type { Framed } from '../console/shell.ts'
import type { OllamaOffer } from '../embedder/ollama.ts'
import type { PageNotice } from '../notices.ts'
import type { LimitChoice } from '../oauth-server/limit-choice.ts'
import type { SignInPages } from './sign-in-pages.ts'

/** The data of every page: view name -> data. Those of the console come in its frame. */
export type Pages = PlainPages & { [Name in ConsolePageName]: ConsolePages[Name] & Framed }

/** Pages without the frame of the console; only the one for passkeys has a script. */
interface PlainPages extends SignInPages {
  /** First account: POST /setup. */
  setup: { token: string; name?: string; email?: string; ollama?: OllamaOffer | undefined } & Pick<
    PageNotice,
    'problem'
  >
  /** A link from an administrator: an invitation, or a new password. */
  'account-link': {
    token: string
    email: string
    action: string
    /** An invited person also chooses a name. */
    asksName: boolean
    name: string
  } & Pick<PageNotice, 'problem'>
  /** Shows who asks, for what, and as which person: Approve or Deny. */
  consent: {
    clientName: string
    clientId: string
    redirectHost: string
    redirectKind: RedirectKind
    registeredBy: Registration
    registeredAt: Date
    user: { name: string; email: string; role: Role }
    groups: Array<GroupBox & { isNew?: boolean; checked?: boolean }>
    /** What the person may allow less of. */
    limits: LimitChoice
    /** The last valid decision about this app. */
    earlier?: EarlierDecision
    /** Value of the hidden field `form`: binds the decision to this request and session. */
    form: string
    action: string
    /** URL to sign in as another person and come back. */
    switchAccount: string
    /** Installations of the same app from the same place, with a form to end them. */
    older?: OlderInstallations
    /** The device that gets the access: its code, its address, and its own description. */
    device?: { userCode: string; address: string; userAgent: string; askedAt: Date }
    /** Why the page shows the form again. */
    problem?: string
  }
  /** The form for the code that another device shows: POST /device. */
  device: { csrf: string; userCode?: string; problem?: string; retryAfter?: number }
  /** The server stored the decision about another device. */
  'device-decided': { clientName: string; approved: boolean }
  /** The page after the decision, which navigates to `url`. The caller validates `url`. */
  continue: { url: string; clientName: string; approved: boolean; redirectHost: string }
  /** Asks before an action: what it is, what will happen, and the form that does it. */
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
    /** What to do in each case; shown under the advice. */
    steps?: Array<{ when: string; then: string }>
    requestId: string
    /** What the client sent, as name and value. */
    received?: Array<[string, string]>
    /** The command that fixes it, quoted for a shell; only for administrators. */
    command?: string
    link?: { href: string; text: string }
  }
  'signed-out': Record<string, never>
  /** After the deletion of an account. */
  'settings/deleted': Record<string, never>
  /** The MCP URL opened in a browser. */
  mcp: { mcpUrl: string; keyUrl: string; keysOnly: boolean }
}
/** The earlier decision on the consent page. */
export interface EarlierDecision {
  consentedAt: Date
  /** The app has changed its description since, or sends people elsewhere. */
  changed: boolean
  /** The allowed groups, if they are not all that the app asks for now. */
  allowed?: ToolGroup[]
  /** Whether the person left some of what it asked for unticked. */
  isPart?: boolean
  /** The groups that the app asks for now but did not then. */
  added?: ToolGroup[]
}
export type PageName = keyof Pages

export interface OlderInstallations {
  csrf: string
  /** The path to return to: this page. */
  returnTo: string
  /** `isIdle`: not in use, so its box is ticked. */
  installations: Array<{
    grant_id: string
    created_at: Date
    last_used_at: Date | null
    isIdle: boolean
  }>
  /** URL of the whole list, if it is longer. */
  more?: string
}

/**
 * Where the answer goes: a web site, an app on this computer, or the app that handles a URL scheme
 * (RFC 8252 §7).
 */
export type RedirectKind = 'web' | 'loopback' | 'app'
