import type { Confirmation } from './confirmation.ts'

/** The data of every page of the console, without its frame: view name -> data. */
export interface ConsolePages {
  'confirm-action': Confirmation
}

export type ConsolePageName = keyof ConsolePages
