import ipaddr from 'ipaddr.js'

/** An IPv4 address, or the /64 that one IPv6 host has to itself. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsedAddress = ipaddr.process(address)
  return parsedAddress instanceof ipaddr.IPv6
    ? `${parsedAddress.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : parsedAddress.toString()
}
