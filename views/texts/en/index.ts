import { common } from './common.ts'
import { home } from './home.ts'
import { memories } from './memories.ts'
import { settings } from './settings.ts'
import { graph, projects, timeline } from './places.ts'
import { shell } from './shell.ts'

/** The English texts. Each area of the console has a file of its own. */
export const en = {
  common,
  home,
  graph,
  memories,
  projects,
  settings,
  shell,
  timeline
} as const
