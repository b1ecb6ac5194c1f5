import { isIP, type LookupFunction } from 'node:net'
import { Agent, type Dispatcher, ProxyAgent } from 'undici'

/** How names become addresses, and how these are reached: what only tests replace. */
export interface Network {
  resolve: (host: string) => Promise<string[]>
  /** Where to dial instead of a checked address. */
  dial?: (address: string, protocol: string) => { address: string; port: number }
  /** A certificate authority to trust beside the usual ones. */
  ca?: string
}

const MAX_HEADER_BYTES = 16_384

interface Opened {
  dispatcher: Dispatcher
  target: URL
}

/** A connection to one of the checked addresses. */
export function directly(
  network: Network,
  url: URL,
  addresses: string[],
  { timeoutMs: timeout }: { timeoutMs: number }
): Opened {
  const dialled = addresses.map(
    (address) => network.dial?.(address, url.protocol) ?? { address, port: undefined }
  )
  const pinned: LookupFunction = (_host, { all }, done) => {
    const answers = dialled.map(({ address }) => ({ address, family: isIP(address) }))
    if (all) done(null, answers)
    else done(null, answers[0]!.address, answers[0]!.family)
  }
  const target = new URL(url)
  const [{ port } = { port: undefined }] = dialled
  if (port !== undefined) target.port = String(port)
  return {
    target,
    dispatcher: new Agent({
      connect: { lookup: pinned, timeout, ...(network.ca !== undefined && { ca: network.ca }) },
      maxHeaderSize: MAX_HEADER_BYTES,
      pipelining: 0
    })
  }
}

/**
 * A tunnel (CONNECT) to one of the checked addresses, not to a name that the proxy would resolve
 * anew. TLS is with the name all the same.
 */
export function byProxy(
  { proxy, ca }: Network & { proxy: string },
  url: URL,
  [address = '']: string[],
  { timeoutMs: timeout }: { timeoutMs: number }
): Opened {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const target = new URL(url)
  target.hostname = isIP(address) === 6 ? `[${address}]` : address
  const requestTls = {
    timeout,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca })
  }
  return {
    target,
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
