/** The browser or program, and the system, that a User-Agent names. */
export interface UserAgentNames {
  browser: string
  system: string
}

/** Browsers imitate one another, so the order decides: the imitated ones come last. */
const browserPatterns: Array<[name: string, pattern: RegExp]> = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Vivaldi', /\bVivaldi\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//],
  ['Safari', /\bVersion\/[\d.]+ .*\bSafari\//]
]
const systemPatterns: Array<[name: string, pattern: RegExp]> = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b|\bMacintosh\b/],
  ['Linux', /\bLinux\b|\bX11\b/]
]
/** A User-Agent is foreign text of any length. */
const MAX_LENGTH = 500

/** Names the browser and the system of a User-Agent; undefined if it has no known browser. */
export function userAgentNames(userAgent: string | null): UserAgentNames | undefined {
  const text = (userAgent ?? '').slice(0, MAX_LENGTH)
  const nameIn = (patterns: typeof browserPatterns) =>
    patterns.find(([, pattern]) => pattern.test(text))?.[0]
  const browser = nameIn(browserPatterns)
  return browser === undefined ? undefined : { browser, system: nameIn(systemPatterns) ?? '?' }
}
