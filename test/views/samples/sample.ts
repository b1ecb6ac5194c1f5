import type { PageName, Pages } from '../../../plugins/consent-views/page-data.ts'

/** A page in one state: its view, the data of the view, and the HTTP status. */
export type Sample = { [V in PageName]: { view: V; data: Pages[V]; status?: number } }[PageName]

export const day = (text: string) => new Date(`${text}T12:00:00Z`)
