/**
 * A glob as a regular expression for a whole path: `*` and `?` within a name, `**` over folders,
 * `{a,b}`. A name without a slash is looked for in every folder.
 */
export function globPattern(glob: string): string {
  const globPath = glob
    .replaceAll('\\', '/')
    .replace(/^\.?\//, '')
    .replace(/(?:\*\*\/){2,}/g, '**/')
    .replace(/\*{3,}/g, '**') // the same, and quick to match
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
