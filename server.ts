import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { BACKLOG, buildApp } from './app.ts'
import { DataDirectoryInUseError, isNewDirectory } from './db/connection/embedded/index.ts'
import { NewerDatabaseError } from './db/connection/migrate.ts'
import { type Config, readConfig, WrongSettingError } from './plugins/config/index.ts'

/** Settings may stand in a file .env beside the process; real environment variables win. */
if (existsSync('.env')) process.loadEnvFile('.env')

try {
  const config = readConfig(process.env)
  if (config.DATABASE_URL === undefined && isNewDirectory(config.DATA_DIR)) {
    process.stdout.write(
      `Creating the database in ${resolve(config.DATA_DIR)}. This takes some seconds.\n`
    )
  }
  const app = await buildApp(config)
  let ending = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending) return
      ending = true
      void app.close().then(() => process.exit(0))
    })
  }
  await listen(app, config)
  const lines = [
    '',
    `Kagura Memory is listening on ${app.publicUrl}`,
    `  MCP URL for your assistants:  ${app.mcpUrl}`
  ]
  if (config.PUBLIC_URL !== undefined) {
    lines.push(
      `  On this machine, for your proxy:  ${app.listeningOrigin.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')}`
    )
  }
  if (app.setupToken) {
    lines.push(
      `  No user yet. Set up yours (one time, within 24 hours):  ${app.publicUrl}/setup?token=${app.setupToken}`
    )
  }
  process.stdout.write(lines.join('\n') + '\n\n')
} catch (error) {
  const known =
    error instanceof WrongSettingError ||
    error instanceof DataDirectoryInUseError ||
    error instanceof NewerDatabaseError
  const { message, stack } = error as Error
  process.stderr.write(`${known ? message : stack}\n`)
  process.exit(1)
}

async function listen(app: FastifyInstance, { PORT: port, HOST: host }: Config): Promise<void> {
  try {
    await app.listen({ port, host, backlog: BACKLOG, listenTextResolver: () => 'listening' })
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new WrongSettingError(
        `The port ${port} is taken by another program; set PORT to another one.`
      )
    }
    if (code === 'EACCES') {
      throw new WrongSettingError(
        `The port ${port} is not for this user; set PORT to one above 1023.`
      )
    }
    if (syscall === 'listen' || syscall === 'getaddrinfo') {
      throw new WrongSettingError(
        `Wrong setting HOST: ${host} is no address of this machine (${code}). Leave it out, or set 0.0.0.0 for all.`
      )
    }
    throw error
  }
}
