/** File extensions by language. Languages without a grammar are indexed as lines. */
const languageExtensions = {
  typescript: 'ts mts cts',
  tsx: 'tsx',
  javascript: 'js mjs cjs jsx',
  python: 'py pyi',
  go: 'go',
  rust: 'rs',
  java: 'java',
  c: 'c h',
  cpp: 'cc cpp cxx hh hpp hxx inl',
  ruby: 'rb rake',
  php: 'php',
  csharp: 'cs',
  kotlin: 'kt',
  swift: 'swift',
  shell: 'sh bash',
  sql: 'sql',
  html: 'html',
  css: 'css',
  json: 'json',
  yaml: 'yaml yml',
  toml: 'toml',
  markdown: 'md'
}

const languageByExtension = new Map(
  Object.entries(languageExtensions).flatMap(([language, endings]) =>
    endings.split(' ').map((ending) => [ending, language])
  )
)
const languageAliases = new Map([
  ['typescriptreact', 'tsx'],
  ['javascriptreact', 'javascript'],
  ['golang', 'go'],
  ['c++', 'cpp']
])

/** The language that the client declares, else the one of the file extension, else `text`. */
export function languageOfFile(path: string, declaredLanguage = ''): string {
  const languageName = declaredLanguage.trim().toLowerCase()
  if (languageName) {
    return (
      languageAliases.get(languageName) ?? languageByExtension.get(languageName) ?? languageName
    )
  }
  return languageByExtension.get(/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '') ?? 'text'
}
