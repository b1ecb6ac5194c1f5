import { existsSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { BACKLOG, buildApp } from './app.ts'
import { DataDirectoryInUse } from './db/embedded/index.ts'
import { NewerDatabase } from './db/migrate.ts'
import { whyNotOpened } from './db/not-opened.ts'
import { type Config, readConfig, WrongSetting } from './plugins/config.ts'

/** Settings may stand in a file .env beside the process; real environment variables win. */
if (existsSync('.env')) process.loadEnvFile('.env')

let config: Config | undefined
try {
  config = readConfig(process.env)
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
  const lines = ['', `Kagura Memory is listening on ${app.publicUrl}`, `  MCP URL for your assistants:  ${app.mcpUrl}`]
  const { PUBLIC_URL: publicUrl } = config
  if (publicUrl !== undefined) lines.push(`  On this machine, for your proxy:  ${app.listeningOrigin}`)
  if (publicUrl?.startsWith('http:') && !/^http:\/\/(localhost|127\.|\[::1\])/.test(publicUrl)) lines.push('  ChatGPT and claude.ai reach https addresses only; this one is for your own network.')
  if (app.setupToken) lines.push(`  No user yet. Set up yours (one time, within 24 hours):  ${app.publicUrl}/setup?token=${app.setupToken}`)
  process.stdout.write(lines.join('\n') + '\n\n')
} catch (error) {
  const known = error instanceof WrongSetting || error instanceof DataDirectoryInUse || error instanceof NewerDatabase
  const { message, stack } = error as Error
  process.stderr.write(`${known ? message : (config && whyNotOpened(error, config)) ?? stack}\n`)
  process.exit(1)
}

async function listen (app: FastifyInstance, { PORT: port, HOST: host }: Config): Promise<void> {
  try {
    await app.listen({ port, host, backlog: BACKLOG, listenTextResolver: () => 'listening' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw new WrongSetting(`The port ${port} is taken by another program; set PORT to another one.`)
    if (code === 'EACCES') throw new WrongSetting(`The port ${port} is not for this user; set PORT to one above 1023.`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new WrongSetting(`Wrong setting HOST: ${host} is no address of this machine. Leave it out, or set 0.0.0.0 for all.`)
    throw error
  }
}
