import type { Role } from '../../db/schema/index.ts'
import type { PageNotice } from '../notices.ts'

/** What the frame around each page of the console needs. */
export interface Shell {
  user: { name: string; email: string; role: Role }
  /** The section of the navigation that the page belongs to. */
  section: Section
}

/** What `app.console.show` adds to the data of a page. */
export type Framed = {
  shell: Shell
  csrf: string
} & Pick<PageNotice, 'notice' | 'shownSecret' | 'undo' | 'problem' | 'typed'>

export type Section = keyof typeof sectionPaths

/** The sections of the navigation and the first path of each. */
export const sectionPaths = {
  home: '/',
  memories: '/memories',
  connect: '/connect',
  apps: '/apps',
  activity: '/activity',
  settings: '/settings',
  people: '/admin/people',
  clients: '/admin/clients',
  audit: '/admin/audit',
  server: '/admin/server'
} as const

/** Pages that belong to a section although their path begins differently. */
const furtherPaths: Record<string, Section> = {
  '/timeline': 'memories',
  '/graph': 'memories',
  '/projects': 'memories'
}

/** The section of a URL of the console. */
export function sectionOf(url: string): Section {
  const path = url.split('?')[0]!
  const entries = [
    ...Object.entries(sectionPaths).map(([section, start]) => [start, section] as const),
    ...Object.entries(furtherPaths)
  ]
  const match = entries.find(([start]) => path === start || path.startsWith(`${start}/`))
  return (match?.[1] ?? 'home') as Section
}
