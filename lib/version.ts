import { readFileSync } from 'node:fs'

/** The program's own version, as package.json has it beside dist/. */
export const { version } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
) as { version: string }
