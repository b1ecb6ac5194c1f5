import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { BACKLOG, buildApp } from './app.ts'
import { DataDirectoryInUseError, isNewDirectory } from './db/connection/embedded/index.ts'
import { NewerDatabaseError } from './db/connection/migrate.ts'
import { type Config, readConfig, WrongSettingError } from './plugins/config/index.ts'

/** Settings may be in a file .env beside the process. Real environment variables win. */
if (existsSync('.env')) process.loadEnvFile('.env')

try {
  const config = readConfig(process.env)
  if (config.DATABASE_URL === undefined && isNewDirectory(config.DATA_DIR)) {
    process.stdout.write(
      `Creating the database in ${resolve(config.DATA_DIR)}. This takes some seconds.\n`
    )
  }
  const app = await buildApp(config)
  closeOnSignals(app)
  await listen(app, config)
  process.stdout.write(startText(app, config))
} catch (error) {
  const isExpected =
    error instanceof WrongSettingError ||
    error instanceof DataDirectoryInUseError ||
    error instanceof NewerDatabaseError
  const { message, stack } = error as Error
  process.stderr.write(`${isExpected ? message : stack}\n`)
  process.exit(1)
}

function closeOnSignals(app: FastifyInstance): void {
  let isEnding = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isEnding) return
      isEnding = true
      void app.close().then(() => process.exit(0))
    })
  }
}

/** The addresses that the operator needs first. */
function startText(app: FastifyInstance, config: Config): string {
  const textLines = [
    '',
    `Kagura Memory is listening on ${app.publicUrl}`,
    `  MCP URL for your assistants:  ${app.mcpUrl}`
  ]
  if (config.PUBLIC_URL !== undefined) {
    const localOrigin = app.listeningOrigin
      .replace('//0.0.0.0:', '//127.0.0.1:')
      .replace('//[::]:', '//[::1]:')
    textLines.push(`  On this machine, for your proxy:  ${localOrigin}`)
  }
  if (app.setupToken) {
    textLines.push(
      '  There is no user yet. Create yours (the link works once, within 24 hours):  ' +
        `${app.publicUrl}/setup?token=${app.setupToken}`
    )
  }
  return textLines.join('\n') + '\n\n'
}

/** Throws WrongSettingError for a port or address that cannot be used. */
async function listen(app: FastifyInstance, { PORT: port, HOST: host }: Config): Promise<void> {
  try {
    await app.listen({ port, host, backlog: BACKLOG, listenTextResolver: () => 'listening' })
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new WrongSettingError(`Another program uses the port ${port}. Set PORT to another one.`)
    }
    if (code === 'EACCES') {
      throw new WrongSettingError(
        `This user may not use the port ${port}. Set PORT to one above 1023.`
      )
    }
    if (syscall === 'listen' || syscall === 'getaddrinfo') {
      throw new WrongSettingError(
        `Wrong setting HOST: this machine does not have the address ${host} (${code}). ` +
          'Leave HOST out, or set 0.0.0.0 for all addresses.'
      )
    }
    throw error
  }
}
