import { isIP } from 'node:net'
import type { Config } from '../config/index.ts'
import { FetchRefusedError } from '../guarded-fetch/index.ts'
import { parseHostLists } from './hosts.ts'

const MAX_ADDRESS_LENGTH = 4000

/** The operator's rules for addresses. Each function throws FetchRefusedError. */
export interface HostRules {
  /** Runs before name resolution, because the DNS query already tells the owner something. */
  permit: (url: URL) => void
  /** Runs before each connection, with the resolved addresses. */
  checkDenied: (url: URL, addresses?: string[]) => void
}

/** Reads the host lists of the operator. Throws WrongSettingError. */
export function hostRules(config: Config): HostRules {
  const { allowed, denied } = parseHostLists(config)

  function checkDenied({ hostname, host }: URL, addresses: string[] = []): void {
    if (denied?.has(hostname, addresses)) {
      throw new FetchRefusedError(
        'denied_host',
        `the operator of this server does not allow ${host}`
      )
    }
  }

  function permit(url: URL): void {
    if (url.href.length > MAX_ADDRESS_LENGTH) {
      throw new FetchRefusedError('bad_url', 'the address is too long')
    }
    checkDenied(url)
    if (allowed && !allowed.has(url.hostname, literalAddresses(url))) {
      throw new FetchRefusedError(
        'denied_host',
        `the operator of this server allows other hosts than ${url.host} only`
      )
    }
  }

  return { permit, checkDenied }
}

/** The address that the URL contains instead of a name; an IPv6 address without brackets. */
function literalAddresses({ hostname }: URL): string[] {
  const bareHost = hostname.replace(/^\[|\]$/g, '')
  return isIP(bareHost) === 0 ? [] : [bareHost]
}
