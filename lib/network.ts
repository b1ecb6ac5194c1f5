import ipaddr from 'ipaddr.js'

/** The network that one host controls: an IPv4 address, or the /64 of an IPv6 address. */
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
