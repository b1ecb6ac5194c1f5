import { shortDigest } from '../import/item.ts'

/** Characters of a file's name before its ending: file systems allow 255 bytes. */
const MAX_NAME = 60
/** Names that Windows keeps for devices. */
const deviceName = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * Gives each memory a path for its note: the namespace as folder, the key as name, safe on every
 * system and in links of Obsidian. Paths differ by more than case. The same memories in the same
 * order get the same paths.
 */
export class NotePaths {
  readonly #taken = new Set<string>()

  /** The path without its ending. */
  add(namespace: string, key: string): string {
    const folder = safeName(namespace)
    const name = safeName(key)
    const path = `${folder}/${name}`
    if (this.#take(path)) return path
    const digest = shortDigest(`${namespace}\n${key}`)
    for (let length = 8; ; length++) {
      const distinctPath = `${path} ~${digest.slice(0, length)}`
      if (this.#take(distinctPath)) return distinctPath
    }
  }

  #take(path: string): boolean {
    const foldedPath = path.normalize('NFKC').toLowerCase()
    if (this.#taken.has(foldedPath)) return false
    this.#taken.add(foldedPath)
    return true
  }
}

/** A name without what a file system or a wiki link cannot have. */
function safeName(text: string): string {
  const visibleText = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/[\\/:*?"<>|#^[\]%]+/g, '-')
    .trim()
    .replace(/^\.+/, '_')
  const shortText = [...visibleText].slice(0, MAX_NAME).join('')
  const name = withoutDots(shortText) || 'unnamed'
  return deviceName.test(name) || name === 'node_modules' ? `_${name}` : name
}

/** Windows drops dots and blanks at the end of a name. */
function withoutDots(name: string): string {
  let end = name.length
  while (end > 0 && '. '.includes(name[end - 1]!)) end--
  return name.slice(0, end)
}
