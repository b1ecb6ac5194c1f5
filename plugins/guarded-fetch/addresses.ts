import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Ranges that ipaddr.js takes for public unicast, or whose inner IPv4 address it ignores. */
const specialRanges: Array<[range: string, why: string]> = [
  ['192.0.0.0/24', 'protocol assignments (RFC 6890)'],
  ['192.88.99.0/24', '6to4 relays (RFC 7526)'],
  ['198.18.0.0/15', 'benchmarks (RFC 2544)'],
  ['::/96', 'IPv4-compatible (RFC 4291 §2.5.5.1)'],
  ['::ffff:0:0/96', 'IPv4-mapped (RFC 4291 §2.5.5.2)'],
  ['::ffff:0:0:0/96', 'IPv4-translated (RFC 2765)'],
  ['64:ff9b::/96', 'NAT64 (RFC 6052)'],
  ['64:ff9b:1::/48', 'local NAT64 (RFC 8215)'],
  ['100::/64', 'discard (RFC 6666)'],
  ['2001::/23', 'protocol assignments, Teredo and ORCHID among them (RFC 2928)'],
  ['2001:db8::/32', 'documentation (RFC 3849)'],
  ['2002::/16', '6to4 (RFC 3056)'],
  ['3fff::/20', 'documentation (RFC 9637)'],
  ['5f00::/16', 'segment routing (RFC 9602)'],
  ['fec0::/10', 'site-local (RFC 3879)']
]
const parsedRanges = specialRanges.map(([range, why]) => ({ range: ipaddr.parseCIDR(range), why }))

/**
 * Why an address is not public, or undefined if it is. Only global unicast is public (RFC 6890).
 * IPv6 addresses that contain an IPv4 address are never public.
 */
export function findPrivateReason(address: string): string | undefined {
  if (isIP(address) === 0) return 'not an IP address'
  const parsedAddress = ipaddr.parse(address)
  const specialRange = parsedRanges.find(
    ({ range: [base, bits] }) =>
      base.kind() === parsedAddress.kind() && parsedAddress.match(base, bits)
  )
  if (specialRange) return specialRange.why
  const rangeName = parsedAddress.range()
  if (rangeName !== 'unicast') return rangeName
  if (parsedAddress instanceof ipaddr.IPv4) return undefined
  if (!parsedAddress.match(ipaddr.parse('2000::'), 3)) return 'not global unicast'
  if ((parsedAddress.parts[4]! & ~0x200) === 0 && parsedAddress.parts[5] === 0x5efe) {
    return 'ISATAP (RFC 5214)'
  }
}
