import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Network } from '../plugins/guarded-fetch/index.ts'
import type { Teardown } from './helper.ts'

/** An address of the public internet; nothing is ever sent there. */
export const PUBLIC_ADDRESS = '93.184.215.14'

export interface Outside {
  network: Network
  /** Addresses that were dialled, after every check. */
  dialled: string[]
  /** Host and path of each request that arrived. */
  requests: string[]
  /** What each name resolves to, one list for each time it is asked; the last one stays. A public address when nothing is set. */
  names: Record<string, string[][]>
}

/** The outside world on loopback: names resolve as a test says, and whatever passes the checks is dialled here instead, over TLS for *.example.com. */
export async function outside (t: Teardown, handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Outside> {
  const requests: string[] = []
  const server = createServer({ cert: certificate, key, maxHeaderSize: 65_536 }, (request, response) => {
    requests.push(`${request.headers.host}${request.url}`)
    handler(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) }))
  const { port } = server.address() as AddressInfo
  const dialled: string[] = []
  const names: Outside['names'] = {}
  return {
    dialled,
    requests,
    names,
    network: {
      ca: certificate,
      async resolve (host) {
        const answers = names[host]
        return (answers && answers.length > 1 ? answers.shift() : answers?.[0]) ?? [PUBLIC_ADDRESS]
      },
      dial (address) {
        dialled.push(address)
        return { address: '127.0.0.1', port }
      }
    }
  }
}

/** Made for these tests; nobody trusts it. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBxTCCAWqgAwIBAgIUO2FCbi3g98Fb22aUKjBk8UoNqI4wCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLS2FndXJhIHRlc3QwIBcNMjYxMTI0MDkzMzAxWhgPMjEyNjEw
MzEwOTMzMDFaMBYxFDASBgNVBAMMC0thZ3VyYSB0ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAElX0vqNgp4leayRNwAm7kan59cYbXJMcZNOIhQsjE+Np+N1a1
gNi6ovXsrLTqLMgBzEOQB7u6mHQsYY1IjYNJ/6OBkzCBkDAdBgNVHQ4EFgQUf6G+
4FHingtlJCwyncLwof/dzfswHwYDVR0jBBgwFoAUf6G+4FHingtlJCwyncLwof/d
zfswDwYDVR0TAQH/BAUwAwEB/zA9BgNVHREENjA0gg0qLmV4YW1wbGUuY29tggtl
eGFtcGxlLmNvbYIJY2xhdWRlLmFpggtjaGF0Z3B0LmNvbTAKBggqhkjOPQQDAgNJ
ADBGAiEA/nVH86CDunTF3cEypmf3fQct23an+bGUCWsfqMYdQrQCIQDaxTc8ztIs
Ce1w+12mPB53IrhdKOUOO3X2p06azuRJ1g==
-----END CERTIFICATE-----`
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgT8mQLXTLj3skNaq9
A/XGM2NQhMDxY8IEiu6wDvX50lKhRANCAASVfS+o2CniV5rJE3ACbuRqfn1xhtck
xxk04iFCyMT42n43VrWA2Lqi9eystOosyAHMQ5AHu7qYdCxhjUiNg0n/
-----END PRIVATE KEY-----`
