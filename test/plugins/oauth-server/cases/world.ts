import { createServer, request as forward } from 'node:http'
import type { Test } from 'tap'
import type { Db } from '../../../../db/connection/connect.ts'
import { issueApiKey } from '../../../../db/people/api-keys.ts'
import { issueClient } from '../../../../db/oauth/clients.ts'
import { issueSession } from '../../../../db/people/sessions.ts'
import type { Role } from '../../../../db/schema/index.ts'
import { insertUser, type User } from '../../../../db/people/users.ts'
import {
  freshSettings,
  openSettings,
  type Service,
  type Settings,
  spawnService,
  type Teardown
} from '../../../support/helper.ts'
import {
  approve,
  type OAuthClient,
  REDIRECT_URI,
  redeem,
  type Answer
} from '../../../support/oauth-client.ts'
import { freePort, listenOnLoopback } from '../../../support/port.ts'
import { Visitor } from '../../../support/visitor.ts'

/** A running service as its clients see it, and its database as its operator sees it. */
export interface World {
  url: string
  /** Of one of its processes. */
  port: number
  db: Db
  settings: Settings
  /** What the services wrote that is an error, or no log entry. */
  failures: () => string[]
  register: (options?: {
    id?: string
    method?: 'client_secret_post' | 'client_secret_basic' | 'none'
    uris?: string[]
    scope?: string
    dynamic?: boolean
  }) => Promise<OAuthClient>
  person: (role?: Role) => Promise<User>
  /** A browser in which the person (a new one, when none is given) is signed in. */
  visitor: (user?: User) => Promise<Visitor>
  key: (user: User, scope?: string) => Promise<string>
  /** The whole way to tokens. */
  connected: (
    options?: Parameters<World['register']>[0],
    asked?: Record<string, string | undefined>
  ) => Promise<{ client: OAuthClient; visitor: Visitor; user: User; tokens: Answer }>
}

export interface Case {
  number: number
  title: string
  run: (t: Test, world: World) => Promise<void>
}

/**
 * The service in so many processes on one database, behind one address that hands each request to
 * the next of them.
 */
export async function openWorld(
  t: Teardown,
  processes: number,
  extra: Settings = {}
): Promise<World> {
  const settings = await freshSettings(t)
  const ports: number[] = []
  for (let i = 0; i < processes; i++) ports.push(await freePort())
  let next = 0
  const front = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    // a service's answers, passed on with their headers, promise to keep the connection for longer
    // than the default 5 s
    const onward = forward(
      {
        host: '127.0.0.1',
        port: ports[next++ % ports.length],
        method: request.method,
        path: request.url,
        headers: request.headers
      },
      (answer) => {
        response.writeHead(answer.statusCode!, answer.rawHeaders)
        answer.pipe(response)
      }
    )
    onward.on('error', () => {
      if (!response.headersSent) response.destroy()
    }) // an early answer ends what is still being sent
    request.pipe(onward)
  })
  const frontPort = await listenOnLoopback(front)
  t.teardown(() => {
    front.closeAllConnections()
    front.close()
  })
  const url = `http://127.0.0.1:${frontPort}`
  const services: Service[] = []
  for (const port of ports) {
    services.push(
      await spawnService(t, { ...settings, PORT: String(port), PUBLIC_URL: url }, extra)
    )
  }
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  return worldOf({
    url,
    port: ports[0]!,
    db,
    settings,
    failures: () =>
      services
        .flatMap(({ stderr }) => stderr().split('\n'))
        .filter((line) => /^(?!\{"level":[1-4]0,)./.test(line))
  })
}

/** The same for a service that was started otherwise. */
export function worldOf({
  url,
  db,
  ...rest
}: Pick<World, 'url' | 'port' | 'db' | 'settings' | 'failures'>): World {
  const world: World = {
    url,
    db,
    ...rest,
    async register({
      id = `client-${crypto.randomUUID()}`,
      method = 'client_secret_post',
      uris = [REDIRECT_URI],
      scope = 'mcp:tools mcp:memory mcp:coding',
      dynamic = false
    } = {}) {
      const issued = await issueClient(world.db, id, {
        client_name: `Client ${id}`,
        redirect_uris: uris,
        scope,
        token_endpoint_auth_method: method,
        ...(dynamic && { registration: 'dynamic' })
      })
      return { client_id: id, client_secret: issued?.client_secret, redirect_uri: uris[0]! }
    },
    async person(role = 'user') {
      return (await insertUser(world.db, {
        email: `${crypto.randomUUID()}@example.org`,
        name: 'Person',
        role,
        password_hash: null
      }))!
    },
    async visitor(user) {
      const person = user ?? (await world.person())
      const visitor = new Visitor(url)
      visitor.cookies.set(
        'kagura_session',
        (await issueSession(world.db, person, {
          days: 1,
          ip_address: '127.0.0.1',
          user_agent: null
        }))!
      )
      return visitor
    },
    key: async (user, scope = 'mcp:tools') =>
      (await issueApiKey(world.db, { user_id: user.user_id, name: 'case', scope })).key,
    async connected(options, asked) {
      const user = await world.person()
      const [client, visitor] = [await world.register(options), await world.visitor(user)]
      return {
        client,
        visitor,
        user,
        tokens: await redeem(url, client, await approve(visitor, client, asked))
      }
    }
  }
  return world
}
