/**
 * A glob as a regular expression for a whole path: `*` and `?` within a name, `**` over folders,
 * `{a,b}`. A name without a slash is looked for in every folder.
 */
export function patternOf(glob: string): string {
  const path = glob
    .replaceAll('\\', '/')
    .replace(/^\.?\//, '')
    .replace(/(?:\*\*\/){2,}/g, '**/')
    .replace(/\*{3,}/g, '**') // the same, and quick to match
  let depth = 0
  const body = path.replace(/\*\*\/|\*\*|[^\w/]/g, (token) => {
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
        depth++
        return '(?:'
      case '}':
        return depth > 0 ? (depth--, ')') : '\\}'
      case ',':
        return depth > 0 ? '|' : ','
      case '-':
      case ' ':
      case '@':
      case '#':
        return token
      default:
        return /[\p{L}\p{N}]|[^\0-\x7f]/u.test(token) ? token : `\\${token}`
    }
  })
  return `^${path.includes('/') ? '' : '(?:.*/)?'}${body}${')'.repeat(depth)}$`
}
