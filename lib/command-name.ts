import { existsSync } from 'node:fs'

/** How a person runs this program, as texts say it. */
interface Commands {
  /** The command `kagura`, to be followed by a noun and a verb. */
  commandName: string
  /** Starts the server. */
  startCommand: string
}

/**
 * The commands for a package in this folder. Outside of a clone, `npx kagura` would run another
 * package of that name, so an installation from npm has its own name. The mark `.image` is from
 * the Dockerfile, and the service has its name in compose.yaml.
 */
export function commandsOf(packageFolder: URL): Commands {
  if (existsSync(new URL('.image', packageFolder))) {
    return {
      commandName: 'docker compose exec kagura-api kagura',
      startCommand: 'docker compose up --detach'
    }
  }
  return packageFolder.pathname.includes('/node_modules/')
    ? { commandName: 'npx kagura-memory', startCommand: 'npx kagura-memory' }
    : { commandName: 'npx kagura', startCommand: 'npm start' }
}

export const { commandName, startCommand } = commandsOf(new URL('../../', import.meta.url))
