import { BlockList, isIP } from 'node:net'
import { type Config, WrongSettingError } from '../config/index.ts'

/** The host lists of the operator; undefined for an unset list. Throws WrongSettingError. */
export function parseHostLists(config: Config): {
  allowed: HostList | undefined
  denied: HostList | undefined
} {
  return {
    allowed: parseHostList(config, 'WEB_ALLOWED_HOSTS'),
    denied: parseHostList(config, 'WEB_DENIED_HOSTS')
  }
}

function parseHostList(
  config: Config,
  name: 'WEB_ALLOWED_HOSTS' | 'WEB_DENIED_HOSTS'
): HostList | undefined {
  try {
    return config[name] === undefined ? undefined : new HostList(config[name])
  } catch (error) {
    throw new WrongSettingError(
      `Wrong setting ${name}: ${(error as Error).message} is neither a host, an address nor a ` +
        'network, like example.org or 192.0.2.0/24.'
    )
  }
}

/** A list of hosts with their subdomains, of addresses and of networks. */
export class HostList {
  readonly #hosts = new Set<string>()
  readonly #addresses = new BlockList()

  /** Parses a comma-separated list. Throws RangeError with the first invalid entry. */
  constructor(entries: string) {
    for (const hostEntry of entries
      .split(',')
      .map((text) => text.trim())
      .filter(Boolean)) {
      this.#add(hostEntry)
    }
  }

  /** Whether the list contains the host, a parent domain, or one of the addresses. */
  has(hostname: string, addresses: string[] = []): boolean {
    const hostName = normalizedHost(hostname)
    for (let labelStart = 0; labelStart >= 0; labelStart = hostName.indexOf('.', labelStart + 1)) {
      if (this.#hosts.has(labelStart === 0 ? hostName : hostName.slice(labelStart + 1))) return true
    }
    return addresses.some((address) =>
      this.#addresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
    )
  }

  #add(entry: string): void {
    const [address = '', bits] = entry.replace(/^\[|\]$/g, '').split('/')
    const addressFamily = isIP(address)
    if (addressFamily !== 0) {
      const addressType = addressFamily === 6 ? 'ipv6' : 'ipv4'
      if (bits === undefined) this.#addresses.addAddress(address, addressType)
      else if (/^\d{1,3}$/.test(bits) && Number(bits) <= (addressFamily === 6 ? 128 : 32)) {
        this.#addresses.addSubnet(address, Number(bits), addressType)
      } else throw new RangeError(entry)
      return
    }
    const domainName = entry.replace(/^\*?\./, '')
    if (!URL.canParse(`http://${domainName}`) || /[/:?#@*\s]/.test(domainName)) {
      throw new RangeError(entry)
    }
    this.#hosts.add(normalizedHost(new URL(`http://${domainName}`).hostname))
  }
}

/** In lower case, without a trailing dot. */
function normalizedHost(hostname: string): string {
  return hostname.toLowerCase().replace(/(?<!\.)\.+$/, '')
}
