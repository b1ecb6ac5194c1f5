import type { AppsPages } from './apps.ts'
import type { ClientPages } from './clients.ts'
import type { Confirmation } from './confirmation.ts'
import type { ConnectPages } from './connect.ts'
import type { HomePages } from './home.ts'
import type { MemoryPages } from './memories.ts'
import type { PeoplePages } from './people.ts'
import type { PlacesPages } from './places.ts'
import type { SecurityPages } from './security.ts'
import type { ServerPages } from './server.ts'
import type { SettingsPages } from './settings.ts'

/** The data of every page of the console, without its frame: view name -> data. */
export interface ConsolePages
  extends
    AppsPages,
    ClientPages,
    ConnectPages,
    HomePages,
    MemoryPages,
    PeoplePages,
    PlacesPages,
    SecurityPages,
    ServerPages,
    SettingsPages {
  'confirm-action': Confirmation
}

export type ConsolePageName = keyof ConsolePages
