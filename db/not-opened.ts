import { resolve } from 'node:path'

/** What an operator forgets to do in PostgreSQL, by its error codes. */
const advice: Record<string, string> = {
  '3D000': ' Make it with createdb, or name another.',
  42501: ' The role has to own the database, or needs CREATE on its schema public.'
}

/** What pg says without a code. */
const notConnected = /timeout exceeded when trying to connect|Connection terminated|^SASL|does not support SSL/

/**
 * Why the database cannot be opened, as one line that names the setting; undefined for an error that has another cause. Known are connections that do
 * not come about, files of the data directory, and PostgreSQL's classes 08, 28, 3D, 53 and 57P (no connection, not let in, no such database, too busy,
 * not ready).
 */
export function whyNotOpened (error: unknown, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir }: { DATABASE_URL?: string, DATA_DIR: string }): string | undefined {
  const { message = '', code = '', path } = error as NodeJS.ErrnoException
  const directory = resolve(dataDir)
  const ofDirectory = path !== undefined && (resolve(path).startsWith(directory) || directory.startsWith(resolve(path)))
  if (!ofDirectory && !/^(08|28|3D|53|57P|42501$|ECONN|ENOTFOUND$|ETIMEDOUT$|EHOSTUNREACH$|ENETUNREACH$|EAI_)/.test(code) && !notConnected.test(message)) return undefined
  return `The database cannot be opened: ${message || code}.${advice[code] ?? ''} Check ${databaseUrl ? 'DATABASE_URL' : `DATA_DIR (${directory})`}.`
}
