import type { ImportState, ImportSummary } from '../../../db/schema/index.ts'
import type { Language } from '../../../lib/language.ts'
import type { UserAgentNames } from '../../../lib/user-agent.ts'

/** A count; `capped`: there are that many or more. */
export interface BoundedCount {
  count: number
  capped: boolean
}

/** The data of the pages below /settings. */
export interface SettingsPages {
  /** All sections with their present state. */
  'settings/index': {
    name: string
    email: string
    chosenLanguage: Language | null
    timezone: string | null
    sessions: number
    /** The last four characters of the stored GitHub token. */
    githubEnd?: string | undefined
    memories: number
    bytes: number
    /** Whether an embedding server is configured. */
    meaning: boolean
  }
  'settings/profile': { name: string; email: string }
  'settings/password': { email: string }
  'settings/sessions': { sessions: SignedInBrowser[] }
  'settings/language': { chosenLanguage: Language | null; timezone: string | null; zones: string[] }
  'settings/github': {
    github?: { token_end: string; created_at: Date; last_used_at: Date | null } | undefined
  }
  'settings/data': {
    memories: number
    memoryLimit: number
    bytes: number
    byteLimit: number
    versions: BoundedCount
  }
  'settings/export': { email: string }
  'settings/import': {
    formats: Array<{ name: string; title: string; takes: string }>
    maxBytes: number
    readOnly: boolean
    /** The import that is going on, or the last one. */
    current?: ShownImport | undefined
    /** Whether the current import has not ended. */
    isActive: boolean
    earlier: ShownImport[]
  }
  'settings/meaning': { isAdmin: boolean; meaning?: MeaningState | undefined }
}

/** An import as its owner sees it. */
export interface ShownImport {
  id: string
  state: ImportState
  fileName: string
  namespace: string
  /** The product that wrote the file, once it is known. */
  product: string | undefined
  done: number
  total: number
  summary: ImportSummary | null
  /** `interrupted`, `internal`, or a sentence. */
  problem: string | null
  createdAt: Date
  canUndo: boolean
}

/** A browser with a session. `id` names it in a form and opens nothing. */
export interface SignedInBrowser {
  id: string
  isCurrent: boolean
  names: UserAgentNames | undefined
  address: string | null
  created_at: Date
  last_seen_at: Date
}

/** How far the embedding of a person's memories is. */
export interface MeaningState {
  model: string
  /** Undefined before the embedding server answered for the first time. */
  progress?:
    { dimensions: number; ready: boolean; waiting: BoundedCount; refused: BoundedCount } | undefined
}
