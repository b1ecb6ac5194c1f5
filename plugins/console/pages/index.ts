import type { Confirmation } from './confirmation.ts'
import type { ConnectPages } from './connect.ts'
import type { HomePages } from './home.ts'
<<<<<<< HEAD
import type { MemoryPages } from './memories.ts'
=======
import type { PeoplePages } from './people.ts'
>>>>>>> 336a9b2 (Let administrators invite people and manage accounts in the console)
import type { PlacesPages } from './places.ts'
import type { SecurityPages } from './security.ts'
import type { ServerPages } from './server.ts'
import type { SettingsPages } from './settings.ts'

/** The data of every page of the console, without its frame: view name -> data. */
export interface ConsolePages
  extends
    ConnectPages,
    HomePages,
<<<<<<< HEAD
    MemoryPages,
=======
    PeoplePages,
>>>>>>> 336a9b2 (Let administrators invite people and manage accounts in the console)
    PlacesPages,
    SecurityPages,
    ServerPages,
    SettingsPages {
  'confirm-action': Confirmation
}

export type ConsolePageName = keyof ConsolePages
