import { isIP, type LookupFunction } from 'node:net'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'

/** How names become addresses, and how these are reached: what only tests replace. */
export interface FetchNetwork {
  resolve: (host: string) => Promise<string[]>
  /** Where to dial instead of a checked address. */
  dial?: (address: string, protocol: string) => { address: string; port: number }
  /** A certificate authority to trust beside the usual ones. */
  ca?: string
}

const MAX_HEADER_BYTES = 16_384

interface OpenedConnection {
  dispatcher: Dispatcher
  target: URL
}

/** A connection to one of the checked addresses. */
export function openDirectly(
  network: FetchNetwork,
  url: URL,
  addresses: string[],
  { timeoutMs: timeout }: { timeoutMs: number }
): OpenedConnection {
  const dialTargets = addresses.map(
    (address) => network.dial?.(address, url.protocol) ?? { address, port: undefined }
  )
  const pinnedLookup: LookupFunction = (_host, { all }, done) => {
    const lookupAnswers = dialTargets.map(({ address }) => ({ address, family: isIP(address) }))
    if (all) done(null, lookupAnswers)
    else done(null, lookupAnswers[0]!.address, lookupAnswers[0]!.family)
  }
  const targetUrl = new URL(url)
  const [{ port } = { port: undefined }] = dialTargets
  if (port !== undefined) targetUrl.port = String(port)
  return {
    target: targetUrl,
    dispatcher: new Agent({
      connect: {
        lookup: pinnedLookup,
        timeout,
        ...(network.ca !== undefined && { ca: network.ca })
      },
      maxHeaderSize: MAX_HEADER_BYTES,
      pipelining: 0
    })
  }
}

/**
 * A tunnel (CONNECT) to one of the checked addresses, not to a name that the proxy would resolve
 * anew. TLS is with the name all the same.
 */
export function openByProxy(
  { proxy, ca }: FetchNetwork & { proxy: string },
  url: URL,
  [address = '']: string[],
  { timeoutMs: timeout }: { timeoutMs: number }
): OpenedConnection {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const targetUrl = new URL(url)
  targetUrl.hostname = isIP(address) === 6 ? `[${address}]` : address
  const requestTls = {
    timeout,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca })
  }
  return {
    target: targetUrl,
    dispatcher: new ProxyAgent({
      uri: proxy,
      proxyTunnel: true,
      requestTls,
      proxyTls: { timeout },
      maxHeaderSize: MAX_HEADER_BYTES,
      pipelining: 0
    })
  }
}
