import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import Fastify from 'fastify'
import guardedFetchPlugin, {
  FetchRefusedError,
  type FetchOptions
} from '../../plugins/guarded-fetch/index.ts'
import type { Teardown } from '../support/helper.ts'
import type { Outside } from '../support/outside.ts'

/**
 * An address of each range outside the public internet (IANA special-purpose registries), and of
 * each range that embeds an IPv4 address.
 */
export const special = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.9',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:8.8.8.8',
  '::ffff:127.0.0.1',
  '::ffff:0:8.8.8.8',
  '::8.8.8.8',
  '64:ff9b::808:808',
  '64:ff9b:1::1',
  '100::1',
  '100:0:0:1::1',
  '2001::1',
  '2001:2::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '2001:470::5efe:a00:1',
  '2a00:1450::200:5efe:808:808',
  '2002:808:808::1',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fec0::1',
  'ff02::1',
  '4000::1'
]

/**
 * Returns the guarded fetcher, connected to the server of a test. `limits` apply by default.
 */
export async function fetcher(
  t: Teardown,
  { network }: Pick<Outside, 'network'>,
  limits: FetchOptions,
  proxy?: string
) {
  const app = Fastify()
  await app.register(guardedFetchPlugin, { network, proxy })
  await app.ready()
  t.teardown(() => app.close())
  return (url: string, options: Partial<FetchOptions> = {}) =>
    app.guardedFetch(url, { ...limits, ...options })
}

/**
 * Starts a proxy on loopback that connects every request to the server of the test. `connected`
 * lists the targets and credentials that it received.
 */
export async function proxyTo(
  t: Teardown,
  { ports }: Pick<Outside, 'ports'>
): Promise<{ port: number; connected: Array<[string | undefined, string | undefined]> }> {
  const connected: Array<[string | undefined, string | undefined]> = []
  const proxy = createServer()
    .on('connect', (request, socket: Socket) => {
      connected.push([request.url, request.headers['proxy-authorization']])
      const beyond = connect(
        ports[request.url!.endsWith(':80') ? 'http:' : 'https:']!,
        '127.0.0.1',
        () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          beyond.pipe(socket).pipe(beyond)
        }
      ).on('error', () => {})
      socket.on('error', () => {}).on('close', () => beyond.destroy())
    })
    .listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.teardown(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return { connected, port: (proxy.address() as AddressInfo).port }
}

/** Returns the reason of a refusal; throws if the fetch succeeds. */
export async function reason(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => undefined,
    (error: unknown) => error
  )
  if (!(error instanceof FetchRefusedError)) throw error ?? new Error('it was fetched')
  return error.reason
}
