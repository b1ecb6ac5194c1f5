import type { IncomingMessage, ServerResponse } from 'node:http'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import type { Db } from '../../../db/connection/connect.ts'
import config, { readConfig } from '../../../plugins/config/index.ts'
import guardedFetch from '../../../plugins/guarded-fetch/index.ts'
import web from '../../../plugins/web/index.ts'
import type { Settings } from '../../support/helper.ts'
import { outside, type Outside } from '../../support/outside.ts'
import { type Caller, people } from '../caller.ts'

export interface World extends Outside {
  db: Db
  caller: Caller
  stranger: Caller
}

/**
 * Makes two users whose web tools reach a server on loopback instead of the internet. The handler
 * answers every request; it answers robots.txt only with `robots`, which is otherwise a 404.
 */
export async function world(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  settings: Settings = {},
  { robots = false } = {}
): Promise<World> {
  const {
    db,
    callers: [ada, bob]
  } = await people('ada', 'bob')
  const beyond = await outside(t, (request, response) => {
    if (request.url === '/robots.txt' && !robots) return void response.writeHead(404).end()
    handler(request, response)
  })
  const app = Fastify()
  await app.register(config, { config: readConfig(settings) })
  await app.register(
    fp(
      async (app) => {
        app.decorate('db', db)
      },
      { name: 'db' }
    )
  )
  await app.register(guardedFetch, { network: beyond.network, proxy: settings['OUTBOUND_PROXY'] })
  await app.register(web)
  await app.ready()
  t.teardown(() => app.close())
  return { ...beyond, db, caller: ada!.online(app.web), stranger: bob!.online(app.web) }
}

/** Answers with a body of a media type. */
export function send(
  response: ServerResponse,
  type: string,
  body: string | Buffer,
  status = 200
): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}
