import { createServer, request as forward } from 'node:http'
import type { Db } from '../../db/connection/connect.ts'
import { issueApiKey } from '../../db/people/api-keys.ts'
import { issueSession } from '../../db/people/sessions.ts'
import { insertUser, type User } from '../../db/people/users.ts'
import type { Role } from '../../db/schema/index.ts'
import {
  freshSettings,
  openSettings,
  type Service,
  type Settings,
  spawnService,
  type Teardown
} from './helper.ts'
import {
  type Answer,
  approve,
  type ClientOptions,
  type OAuthClient,
  redeem,
  register
} from './oauth-client.ts'
import { freePort, listenOnLoopback } from './port.ts'
import { Visitor } from './visitor.ts'

/**
 * A service in processes of its own, as its clients see it, and its database, as its operator sees
 * it.
 */
export interface DeployedService {
  url: string
  /** The port of one of its processes. */
  port: number
  /** Each of its processes, past the address that takes them in turn. */
  nodes: string[]
  db: Db
  settings: Settings
  /** Lines on stderr that are warnings, errors or no log entries. */
  failures: () => string[]
  register: (options?: ClientOptions) => Promise<OAuthClient>
  /** Inserts a person without a password. */
  person: (role?: Role) => Promise<User>
  /** A browser with a session of the person, by default a new one. */
  visitor: (user?: User) => Promise<Visitor>
  key: (user: User, scope?: string) => Promise<string>
  /** A new person approves a new client, which redeems its code. */
  connected: (
    options?: ClientOptions,
    overrides?: Record<string, string | undefined>
  ) => Promise<{ client: OAuthClient; visitor: Visitor; user: User; tokens: Answer }>
}

/** Starts so many processes on one fresh database, behind one address that takes them in turn. */
export async function deployService(
  t: Teardown,
  processes: number,
  extra: Settings = {}
): Promise<DeployedService> {
  const settings = await freshSettings(t)
  const ports: number[] = []
  for (let i = 0; i < processes; i++) ports.push(await freePort())
  const url = await balanceLoad(t, ports)
  const services: Service[] = []
  for (const port of ports) {
    services.push(
      await spawnService(t, { ...settings, PORT: String(port), PUBLIC_URL: url }, extra)
    )
  }
  const { db, close } = await openSettings(settings, { beside: true })
  t.teardown(close)
  return deployedServiceAt({
    url,
    port: ports[0]!,
    nodes: ports.map((port) => `http://127.0.0.1:${port}`),
    db,
    settings,
    failures: () =>
      services
        .flatMap(({ stderr }) => stderr().split('\n'))
        .filter((line) => /^(?!\{"level":[1-4]0,)./.test(line))
  })
}

/** Listens on loopback and forwards each request to the next of the ports; its origin. */
async function balanceLoad(t: Teardown, ports: number[]): Promise<string> {
  let next = 0
  // The services promise in forwarded headers to keep a connection for more than the default 5 s.
  const balancer = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const forwarded = forward(
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
    // A service may answer early and close while the client still sends.
    forwarded.on('error', () => {
      if (!response.headersSent) response.destroy()
    })
    request.pipe(forwarded)
  })
  const port = await listenOnLoopback(balancer)
  t.teardown(() => {
    balancer.closeAllConnections()
    balancer.close()
  })
  return `http://127.0.0.1:${port}`
}

/** The same helpers for a service that a test started itself. */
export function deployedServiceAt(
  parts: Pick<DeployedService, 'url' | 'port' | 'db' | 'settings' | 'failures'> & {
    nodes?: string[]
  }
): DeployedService {
  const service: DeployedService = {
    nodes: [parts.url],
    ...parts,
    register: (options) => register({ app: service }, options),
    async person(role = 'user') {
      const email = `${crypto.randomUUID()}@example.org`
      return (await insertUser(service.db, { email, name: 'Person', role, password_hash: null }))!
    },
    async visitor(user) {
      const visitor = new Visitor(service.url)
      const session = await issueSession(service.db, user ?? (await service.person()), {
        days: 1,
        ip_address: '127.0.0.1',
        user_agent: null
      })
      visitor.cookies.set('kagura_session', session!)
      return visitor
    },
    async key(user, scope = 'mcp:tools') {
      return (await issueApiKey(service.db, { user_id: user.user_id, name: 'case', scope })).key
    },
    async connected(options, overrides) {
      const user = await service.person()
      const [client, visitor] = [await service.register(options), await service.visitor(user)]
      const code = await approve(visitor, client, overrides)
      return { client, visitor, user, tokens: await redeem(service.url, client, code) }
    }
  }
  return service
}
