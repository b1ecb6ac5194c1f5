/** Longer manifests are generated files. */
const MAX_MANIFEST_CHARACTERS = 50_000

/** Aliases kept of one file. */
const MAX_ALIASES = 100
const TSCONFIG_NAME = /^(?:ts|js)config(?:\.\w+)?\.json$/

/**
 * Separates an alias from its target path, which is relative to the folder of the manifest. Each
 * has at most one star.
 */
export const ALIAS_SEPARATOR = ' => '

/**
 * The names by which other files import the folder of a manifest. A tsconfig.json gives its path
 * aliases instead.
 */
export function manifestNames(path: string, content: string): string[] {
  if (content.length > MAX_MANIFEST_CHARACTERS) return []
  const fileName = path.slice(path.lastIndexOf('/') + 1)
  if (TSCONFIG_NAME.test(fileName)) return pathAliases(content)
  const packageName = packageNameIn(fileName, content)
  return packageName ? [packageName] : []
}

function packageNameIn(file: string, content: string): string | undefined {
  switch (file) {
    case 'go.mod':
      return /^module[ \t]+"?([^\s"]+)/m.exec(content)?.[1]
    case 'Cargo.toml':
      return /^\[package\][^[]*?^name[ \t]*=[ \t]*"([^"]+)"/ms
        .exec(content)?.[1]
        ?.replaceAll('-', '_')
    case 'package.json': {
      const { name } = parseJsonc(content) as { name?: unknown }
      return typeof name === 'string' ? name : undefined
    }
  }
}

function pathAliases(content: string): string[] {
  const { compilerOptions } = parseJsonc(content) as {
    compilerOptions?: { baseUrl?: unknown; paths?: unknown } | null
  }
  const baseFolder = typeof compilerOptions?.baseUrl === 'string' ? compilerOptions.baseUrl : '.'
  const aliasPairs = Object.entries(compilerOptions?.paths ?? {}).flatMap(([alias, targets]) =>
    Array.isArray(targets) ? targets.map((target) => [alias, target]) : []
  )
  return aliasPairs
    .filter(([, target]) => typeof target === 'string')
    .slice(0, MAX_ALIASES)
    .map(([alias, target]) => `${alias}${ALIAS_SEPARATOR}${baseFolder}/${target}`)
}

/**
 * Parses JSON with comments and trailing commas, as these files have. Returns an empty object if
 * that fails.
 */
function parseJsonc(content: string): object {
  const strictJson = content
    .replace(/("(?:[^"\\]|\\.)*"?)|\/\/[^\n]*|\/\*(?:[^]*?\*\/|[^]*$)/g, '$1')
    .replace(/("(?:[^"\\]|\\.)*"?)|,(?=\s*[}\]])/g, '$1')
  try {
    const parsedValue: unknown = JSON.parse(strictJson)
    return typeof parsedValue === 'object' && parsedValue !== null ? parsedValue : {}
  } catch {
    return {}
  }
}
