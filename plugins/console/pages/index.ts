import type { Confirmation } from './confirmation.ts'
import type { HomePages } from './home.ts'

/** The data of every page of the console, without its frame: view name -> data. */
export interface ConsolePages extends HomePages {
  'confirm-action': Confirmation
}

export type ConsolePageName = keyof ConsolePages
