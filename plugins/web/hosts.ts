import { BlockList, isIP } from 'node:net'
import { type Config, WrongSettingError } from '../config/index.ts'

/** What the operator lists; undefined where nothing is. Throws WrongSettingError. */
export function hostLists(config: Config): {
  allowed: HostList | undefined
  denied: HostList | undefined
} {
  return {
    allowed: hostList(config, 'WEB_ALLOWED_HOSTS'),
    denied: hostList(config, 'WEB_DENIED_HOSTS')
  }
}

function hostList(
  config: Config,
  name: 'WEB_ALLOWED_HOSTS' | 'WEB_DENIED_HOSTS'
): HostList | undefined {
  try {
    return config[name] === undefined ? undefined : new HostList(config[name])
  } catch (error) {
    throw new WrongSettingError(
      `Wrong setting ${name}: ${(error as Error).message} is neither a host, an address nor a network, like example.org or 192.0.2.0/24.`
    )
  }
}

/** Hosts with their subdomains, and addresses or networks, as an operator lists them. */
export class HostList {
  readonly #hosts = new Set<string>()
  readonly #addresses = new BlockList()

  /**
   * Comma-separated. Throws RangeError, which names the entry, when one is neither a host nor an
   * address or network.
   */
  constructor(entries: string) {
    for (const entry of entries
      .split(',')
      .map((text) => text.trim())
      .filter(Boolean)) {
      this.#add(entry)
    }
  }

  /** Whether the host, or a domain above it, or any of its addresses is listed. */
  has(hostname: string, addresses: string[] = []): boolean {
    const host = spelled(hostname)
    for (let at = 0; at >= 0; at = host.indexOf('.', at + 1)) {
      if (this.#hosts.has(at === 0 ? host : host.slice(at + 1))) return true
    }
    return addresses.some((address) =>
      this.#addresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
    )
  }

  #add(entry: string): void {
    const [address = '', bits] = entry.replace(/^\[|\]$/g, '').split('/')
    const family = isIP(address)
    if (family !== 0) {
      const kind = family === 6 ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#addresses.addAddress(address, kind)
      else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32)) {
        this.#addresses.addSubnet(address, Number(bits), kind)
      } else throw new RangeError(entry)
      return
    }
    const host = entry.replace(/^\*?\./, '')
    if (!URL.canParse(`http://${host}`) || /[/:?#@*\s]/.test(host)) throw new RangeError(entry)
    this.#hosts.add(spelled(new URL(`http://${host}`).hostname))
  }
}

/** A name with a dot at its end is the same name. */
function spelled(hostname: string): string {
  return hostname.toLowerCase().replace(/(?<!\.)\.+$/, '')
}
