import { common } from './common.ts'
import { home } from './home.ts'
import { memories } from './memories.ts'
import { settings } from './settings.ts'
import { shell } from './shell.ts'

/** The English texts. Each area of the console has a file of its own. */
export const en = {
  common,
  home,
  memories,
  settings,
  shell
} as const
