import { audit, server } from './server.ts'
import { activity } from './activity.ts'
import { apps } from './apps.ts'
import { briefing } from './briefing.ts'
import { clients } from './clients.ts'
import { common } from './common.ts'
import { connect } from './connect.ts'
import { doors } from './doors.ts'
import { consent } from './consent.ts'
import { faults, statuses, typed } from './faults.ts'
import { home } from './home.ts'
import { limits } from './limits.ts'
import { memories } from './memories.ts'
import { imports } from './imports.ts'
import { settings } from './settings.ts'
import { people } from './people.ts'
import { graph, projects, timeline } from './places.ts'
import { security } from './security.ts'
import { shell } from './shell.ts'
import { signIn } from './sign-in.ts'

/** The English texts. Each area of the console has a file of its own. */
export const en = {
  audit,
  activity,
  apps,
  briefing,
  clients,
  common,
  consent,
  connect,
  doors,
  faults,
  home,
  graph,
  limits,
  memories,
  people,
  projects,
  server,
  imports,
  settings,
  security,
  shell,
  statuses,
  signIn,
  timeline,
  typed
} as const
