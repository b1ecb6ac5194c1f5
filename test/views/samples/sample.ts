import type { PageName, Pages } from '../../../plugins/consent-views/page-data.ts'

/** A page in one of its states: what its view is given, and the status that it is sent with. */
export type Sample = { [V in PageName]: { view: V; data: Pages[V]; status?: number } }[PageName]

export const day = (text: string) => new Date(`${text}T12:00:00Z`)
