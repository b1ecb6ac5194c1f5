/**
 * How names of files end, by language. Those without a grammar are searched in windows of lines.
 */
const extensions = {
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

const byExtension = new Map(
  Object.entries(extensions).flatMap(([language, endings]) =>
    endings.split(' ').map((ending) => [ending, language])
  )
)
const otherNames = new Map([
  ['typescriptreact', 'tsx'],
  ['javascriptreact', 'javascript'],
  ['golang', 'go'],
  ['c++', 'cpp']
])

/** The language of a file: what was said, else by its name; `text` when neither tells. */
export function languageOf(path: string, said = ''): string {
  const name = said.trim().toLowerCase()
  if (name) return otherNames.get(name) ?? byExtension.get(name) ?? name
  return byExtension.get(/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '') ?? 'text'
}
