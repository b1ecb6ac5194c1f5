import { accessSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Config } from '../../plugins/config/index.ts'
import { checkEmbeddings } from '../../plugins/doctor/embeddings.ts'
import { checkProxy, checkPublicUrl, checkServer } from '../../plugins/doctor/server.ts'
import { type Check, failedCheck, passedCheck } from '../../plugins/doctor/visit.ts'
import { checkWeb } from '../../plugins/doctor/web.ts'
import { requireServerSecret } from '../../plugins/seal.ts'
import { parseHostLists } from '../../plugins/web/hosts.ts'
import { loadSettings, publicUrlOf, withUnmigratedDatabase } from '../database.ts'
import { checkEnvFile } from './env-file.ts'
import { commandName, startCommand } from '../../lib/command-name.ts'

/** Checks the settings, the database, and the server that the settings name. */
export async function checkInstallation(key: string | undefined): Promise<Check[]> {
  let config: Config
  try {
    config = loadSettings()
    requireServerSecret(config)
    if (config.WEB_TOOLS) parseHostLists(config)
  } catch (error) {
    return [
      failedCheck(
        'settings',
        (error as Error).message,
        'Correct it in the environment or in .env; .env.example lists every setting.'
      )
    ]
  }
  const serverUrl = publicUrlOf(config)
  const databaseChecks = await checkDatabase(config)
  const isDatabaseReady = databaseChecks.every(({ ok }) => ok)
  const embeddingChecks = isDatabaseReady
    ? await withUnmigratedDatabase((db) => checkEmbeddings(db, config))
    : []
  return [
    passedCheck('settings', 'The server can start with them.'),
    ...checkPublicUrl(config.PUBLIC_URL),
    ...checkEnvFile(),
    ...checkProxy(config),
    ...checkWeb(config),
    ...databaseChecks,
    ...embeddingChecks,
    ...(await checkServer(serverUrl, key))
  ]
}

async function checkDatabase({
  DATABASE_URL: databaseUrl,
  DATA_DIR: directory
}: Config): Promise<Check[]> {
  if (!databaseUrl && isMissing(directory)) {
    return [
      failedCheck(
        'database',
        `There is none yet in ${resolve(directory)}.`,
        `Start the server once: ${startCommand}.`
      )
    ]
  }
  try {
    const { pending } = await withUnmigratedDatabase(async (_, opened) => opened.status)
    return [
      passedCheck(
        'database',
        databaseUrl
          ? 'PostgreSQL answers.'
          : `The embedded database in ${resolve(directory)} answers.`
      ),
      pending.length === 0
        ? passedCheck('migrations', 'All are applied.')
        : failedCheck(
            'migrations',
            `These are pending: ${pending.join(', ')}.`,
            `Restart the server, which applies them, or: ${commandName} migrate.`
          )
    ]
  } catch (error) {
    return [
      failedCheck(
        'database',
        (error as Error).message,
        databaseUrl
          ? 'Check that PostgreSQL is running and accepts this user.'
          : 'Check who owns the directory, and whether another program uses it.'
      )
    ]
  }
}

/** Not for a path that leads through a file: the server could not create a directory there. */
function isMissing(directory: string): boolean {
  try {
    accessSync(directory)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
