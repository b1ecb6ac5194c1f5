import type { GraphNodeView } from '../../../domain/graph/view.ts'
import type { Picture } from '../../../domain/graph/picture.ts'
import type { ProjectSummary, ProjectView, readSession } from '../../../domain/coding/projects.ts'
import type { GraphEdge } from '../../../db/graph/edges.ts'

/** A memory in the timeline. */
export interface TimelineEntry {
  memory_id: string
  key: string
  agent_name: string
  type: string
  value: string
  speaker: string | null
  happened: Date
}

/** The pages that show memories by time, by links, and by coding project. */
export interface PlacesPages {
  'memories/timeline': {
    when: string
    namespace: string
    /** What is wrong with the time words. */
    fault?: string | undefined
    days: Array<{ date: Date; entries: TimelineEntry[] }>
    links: { older?: string | undefined; newest?: string | undefined }
  }
  'memories/graph': {
    centre?: GraphNodeView | undefined
    depth: number
    type: string
    types: readonly string[]
    picture: Picture<GraphNodeView & { href: string; label: string }, GraphEdge>
    /** The same links for reading, with the names of their ends. */
    rows: Array<{ edge: GraphEdge; from: GraphNodeView; to: GraphNodeView }>
    isCut: boolean
    /** The path and query of this page, to which a form returns. */
    here: string
    /** The page of the memory in the middle. */
    memoryPath?: string | undefined
    mayChange: boolean
  }
  'projects/list': { projects: ProjectSummary[]; more?: string | undefined }
  'projects/project': {
    project: ProjectView
    path: string
    mayChange: boolean
    /** Whether conversations of it are captured, if they are of the app. */
    captured: boolean
  }
  'projects/session': NonNullable<Awaited<ReturnType<typeof readSession>>> & {
    path: string
    mayChange: boolean
  }
  'projects/files': {
    project_id: string
    path: string
    files: Array<{ path: string; language: string; lines: number; bytes: number }>
    total: number
    more?: string | undefined
  }
}
