import type { Role } from '../../../db/schema/index.ts'
import type { Framed, Section } from '../../../plugins/console/shell.ts'
import type { PageName, Pages } from '../../../plugins/consent-views/page-data.ts'

/** A page in one state: its view, the data of the view, and the HTTP status. */
export type Sample = { [V in PageName]: { view: V; data: Pages[V]; status?: number } }[PageName]

export const day = (text: string) => new Date(`${text}T12:00:00Z`)

/** The frame of a page of the console, for a person and a section. */
export function frameOf(
  section: Section,
  role: Role = 'user',
  notice: Partial<Framed> = {}
): Framed {
  return {
    shell: { user: { name: 'Ada Lovelace', email: 'ada@example.com', role }, section },
    csrf: 'csrf-token',
    ...notice
  }
}
