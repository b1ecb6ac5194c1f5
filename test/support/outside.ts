import {
  createServer as createPlainServer,
  type IncomingMessage,
  type ServerResponse
} from 'node:http'
import { createServer } from 'node:https'
import type { Network } from '../../plugins/guarded-fetch/index.ts'
import { listenOnLoopback } from './port.ts'
import type { Teardown } from './teardown.ts'

/** An address of the public internet; nothing is ever sent there. */
export const PUBLIC_ADDRESS = '93.184.215.14'

export interface Outside {
  network: Network
  /** The addresses dialled so far. Each has passed every check. */
  dialled: string[]
  /** Its ports on loopback, by protocol. */
  ports: Record<string, number>
  /** Host and path of each request so far. */
  requests: string[]
  /**
   * The addresses of each name, one list for each look-up; the last list stays. Other names resolve
   * to PUBLIC_ADDRESS.
   */
  names: Record<string, string[][]>
}

/**
 * Stands in for the internet on loopback. A test decides how names resolve. Each connection that
 * passes the checks comes here, by HTTP or by TLS for *.example.com and the providers.
 */
export async function outside(
  t: Teardown,
  handler: (request: IncomingMessage, response: ServerResponse) => void
): Promise<Outside> {
  const requests: string[] = []
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.headers.host}${request.url}`)
    handler(request, response)
  }
  const ports: Record<string, number> = {}
  for (const [protocol, server] of [
    ['https:', createServer({ cert: certificate, key, maxHeaderSize: 65_536 }, answer)],
    ['http:', createPlainServer(answer)]
  ] as const) {
    ports[protocol] = await listenOnLoopback(server)
    t.teardown(
      () =>
        new Promise((resolve) => {
          server.closeAllConnections()
          server.close(resolve)
        })
    )
  }
  const dialled: string[] = []
  const names: Outside['names'] = {}
  return {
    dialled,
    ports,
    requests,
    names,
    network: {
      ca: certificate,
      async resolve(host) {
        const answers = names[host]
        return (answers && answers.length > 1 ? answers.shift() : answers?.[0]) ?? [PUBLIC_ADDRESS]
      },
      dial(address, protocol) {
        dialled.push(address)
        return { address: '127.0.0.1', port: ports[protocol]! }
      }
    }
  }
}

/** A certificate for these tests only. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIB/TCCAaOgAwIBAgIUEyyheSLDzaB/F1ZRgszm/LJ1NvMwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLS2FndXJhIHRlc3QwIBcNMjYxMTI0MTIyNTE0WhgPMjEyNjEw
MzExMjI1MTRaMBYxFDASBgNVBAMMC0thZ3VyYSB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAElX0vqNgp4leayRNwAm7kan59cYbXJMcZNOIhQsjE+Np+N1a1
gNi6ovXsrLTqLMgBzEOQB7u6mHQsYY1IjYNJ/6OBzDCByTAdBgNVHQ4EFgQUf6G+
4FHingtlJCwyncLwof/dzfswHwYDVR0jBBgwFoAUf6G+4FHingtlJCwyncLwof/d
zfswDwYDVR0TAQH/BAUwAwEB/zB2BgNVHREEbzBtgg0qLmV4YW1wbGUuY29tggtl
eGFtcGxlLmNvbYIJY2xhdWRlLmFpggtjaGF0Z3B0LmNvbYIUYXBpLnNlYXJjaC5i
cmF2ZS5jb22CEGV4cG9ydC5hcnhpdi5vcmeCD3d3dy55b3V0dWJlLmNvbTAKBggq
hkjOPQQDAgNIADBFAiEAx8Cy+kvKnBaK8nMEUS45e6JHwgh9O5WSapiO07Zuv7cC
IEui8K8yR50+wSWJ6mtEBaN4xDhcX0COYTBHkQm9A1d1
-----END CERTIFICATE-----`
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgT8mQLXTLj3skNaq9
A/XGM2NQhMDxY8IEiu6wDvX50lKhRANCAASVfS+o2CniV5rJE3ACbuRqfn1xhtck
xxk04iFCyMT42n43VrWA2Lqi9eystOosyAHMQ5AHu7qYdCxhjUiNg0n/
-----END PRIVATE KEY-----`
