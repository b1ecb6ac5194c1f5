import { isIP, type LookupFunction } from 'node:net'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'

export { request } from 'undici'

/** Name resolution and dialling. Only tests replace them. */
export interface FetchNetwork {
  resolve: (host: string) => Promise<string[]>
  /** The address to dial instead of the checked one. */
  dial?: (address: string, protocol: string) => { address: string; port: number }
  /** An additional certificate authority. */
  ca?: string
}

const MAX_HEADER_BYTES = 16_384

interface OpenedConnection {
  dispatcher: Dispatcher
  target: URL
}

/** Connects to one of the checked addresses. */
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
 * Opens a tunnel (CONNECT) to a checked address, because the proxy would resolve a name again. TLS
 * still verifies the name.
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
