/**
 * Translates a glob into a regular expression for a whole path. `*` and `?` match within a name,
 * `**` matches folders, `{a,b}` matches alternatives. A glob without a slash matches in every
 * folder.
 */
export function globPattern(glob: string): string {
  const globPath = glob
    .replaceAll('\\', '/')
    .replace(/^\.?\//, '')
    .replace(/(?:\*\*\/){2,}/g, '**/')
    .replace(/\*{3,}/g, '**') // equivalent, and fast to match
  let braceDepth = 0
  const patternBody = globPath.replace(/\*\*\/|\*\*|[^\w/]/g, (token) => {
    switch (token) {
      case '**/':
        return '(?:.*/)?'
      case '**':
        return '.*'
      case '*':
        return '[^/]*'
      case '?':
        return '[^/]'
      case '{':
        braceDepth++
        return '(?:'
      case '}':
        return braceDepth > 0 ? (braceDepth--, ')') : '\\}'
      case ',':
        return braceDepth > 0 ? '|' : ','
      case '-':
      case ' ':
      case '@':
      case '#':
        return token
      default:
        return /[\p{L}\p{N}]|[^\0-\x7f]/u.test(token) ? token : `\\${token}`
    }
  })
  return `^${globPath.includes('/') ? '' : '(?:.*/)?'}${patternBody}${')'.repeat(braceDepth)}$`
}
