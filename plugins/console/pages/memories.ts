import type { Memory } from '../../../db/memory/memories.ts'
import type { Briefing, briefingSizes } from '../../../domain/briefing/index.ts'
import type { FilterNames } from '../../../domain/memory/browse.ts'
import type { MemoryPair } from '../../../domain/memory/duplicates.ts'
import type { SnippetPart } from '../../../domain/memory/search/snippet.ts'
import type { PageNotice } from '../../notices.ts'
import type { ShownValue, ValueView } from '../memory-text.ts'
import type { DiffPart } from '../word-diff.ts'

/** A memory in a list. */
export interface MemoryRow {
  memory_id: string
  key: string
  agent_name: string
  type: string
  tags: string[]
  excerpt: SnippetPart[]
  updated_at: Date
  /** The app or person that wrote it last, or that deleted it. */
  app?: string
  pinned?: boolean
  superseded_by?: string
  contradicts?: string[]
  /** The parts of the search that found it. */
  matched?: string[]
  /** The words of the query that it has. */
  words?: string[]
}

export type MemoryFilterFields = Record<
  'q' | 'namespace' | 'type' | 'tag' | 'app' | 'when',
  string | undefined
>

/** What lists of memories share. */
interface MemoryList {
  rows: MemoryRow[]
  /** URLs of the next and the first page. */
  next?: string
  first?: string
  /** This page, to come back to after an action. */
  back: string
}

export interface MemoryPages {
  /** All memories, or those that a search finds. */
  'memories/list': MemoryList & {
    filter: MemoryFilterFields
    names: FilterNames
    total: number
    isFiltered: boolean
    /** How the query was answered; absent for a list. */
    mode?: 'hybrid' | 'lexical' | 'overview'
    /** The time filter as it was understood. */
    span?: string
    /** Whether the page read enough and matches may follow. */
    isPartial: boolean
  } & Pick<PageNotice, 'problem'>
  'memories/deleted': MemoryList & { days: number }
  'memories/duplicates': { pairs: MemoryPair[]; next?: string; first?: string; back: string }
  /** What a new session would be told. */
  'memories/briefing': {
    fields: Record<'prompt' | 'project' | 'tokens', string>
    /** Names that the field offers. */
    projects: string[]
    limits: typeof briefingSizes
    briefing: Briefing
  } & Pick<PageNotice, 'problem'>
  'memories/memory': MemoryDetails
  /** A memory that was deleted or has expired. `restorableUntil`: absent once that has passed. */
  'memories/gone': {
    memory_id: string
    key: string
    agent_name: string
    deletedAt: Date
    isExpired: boolean
    /** The app or person that deleted it. */
    app: string
    restorableUntil?: Date
    states: StateRow[]
  }
  'memories/edit': MemoryForm & { memory_id: string; version: number }
  'memories/new': MemoryForm
  /** Somebody else changed the memory while this person edited it. */
  'memories/conflict': MemoryForm & {
    memory_id: string
    /** The version that is stored now, and who wrote it when. */
    version: number
    app: string
    changedAt: Date
    /** From what is stored now to what this person typed. */
    diff: DiffPart[]
  }
  /** One state of a memory and what changed in it. */
  'memories/version': {
    memory_id: string
    key: string
    state: StateRow
    changes: FieldChange[]
    diff: DiffPart[]
    value: ShownValue
    isRestorable: boolean
    former?: number
    later?: number
  }
}

/** One memory with everything around it. */
export interface MemoryDetails {
  memory: Memory
  value: ShownValue
  view: ValueView
  links: MemoryLink[]
  supersededBy?: { memory_id: string; key: string; agent_name: string }
  contradicts: Array<{ memory_id: string; key: string; agent_name: string }>
  states: StateRow[]
  /** URL of older states. */
  older?: string
}

/** A link of the graph. `href`: where the neighbour is shown. */
export interface MemoryLink {
  type: string
  isOutgoing: boolean
  name: string
  kind: string
  href: string
}

/** A present or former state in the history of a memory. */
export interface StateRow {
  version: number
  written: Date
  app: string
  isDeletion: boolean
  isPresent: boolean
}

export type ChangedField =
  'value' | 'tags' | 'type' | 'importance' | 'namespace' | 'expiry' | 'key' | 'pinned'

/** A field that differs from the state before. */
export interface FieldChange {
  field: ChangedField
  former: string
  present: string
}

export type MemoryFormFields = Record<
  'key' | 'value' | 'tags' | 'type' | 'importance' | 'namespace' | 'expires_at',
  string
>

/** The form of a new or an existing memory, with what was typed. */
export interface MemoryForm {
  fields: MemoryFormFields
  names: FilterNames
  /** The person's zone, in which the expiry is. */
  timezone: string
  problem?: PageNotice['problem']
}
