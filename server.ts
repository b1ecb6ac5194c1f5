import { existsSync } from 'node:fs'
import { BACKLOG, buildApp } from './app.ts'
import { DataDirectoryInUse } from './db/embedded/index.ts'
import { NewerDatabase } from './db/migrate.ts'
import { readConfig, WrongSetting } from './plugins/config.ts'

/** Settings may stand in a file .env beside the process; real environment variables win. */
if (existsSync('.env')) process.loadEnvFile('.env')

try {
  const config = readConfig(process.env)
  const app = await buildApp(config)
  let ending = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending) return
      ending = true
      void app.close().then(() => process.exit(0))
    })
  }
  await app.listen({ port: config.PORT, host: config.HOST, backlog: BACKLOG, listenTextResolver: () => 'listening' })
  const lines = ['', `Kagura Memory is listening on ${app.publicUrl}`, `  MCP URL for your assistants:  ${app.mcpUrl}`]
  if (app.setupToken) lines.push(`  No user yet. Set up yours (one time, within 24 hours):  ${app.publicUrl}/setup?token=${app.setupToken}`)
  process.stdout.write(lines.join('\n') + '\n\n')
} catch (error) {
  const known = error instanceof WrongSetting || error instanceof DataDirectoryInUse || error instanceof NewerDatabase
  const { code, message, stack } = error as NodeJS.ErrnoException
  process.stderr.write(`${known ? message : code === 'EADDRINUSE' ? 'The port is taken by another program; set PORT to another one.' : stack}\n`)
  process.exit(1)
}
